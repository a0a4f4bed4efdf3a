// Words that scripts show, in the language of the page.
export const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");

export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
