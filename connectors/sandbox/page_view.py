def render(texts: dict[str, str], language: str, console_url: str) -> str:
    return "x"
