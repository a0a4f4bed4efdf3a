"""The page's markup. The script fills it; every control has a name and works by keyboard."""

import html
import json
from collections.abc import Mapping

MEDIA = {
    "wechat": ("image", "voice", "video", "location", "link"),
    "weibo": ("image", "voice", "location"),
    "telegram": ("image", "voice", "video", "file", "location", "link"),
}
ACTS = {
    "wechat": {"follow": "follow", "unfollow": "unfollow", "menu": "menu", "scan": "scan"},
    "weibo": {"follow": "follow", "unfollow": "unfollow", "menu": "menu", "scan": "scan"},
    "telegram": {"follow": "start", "unfollow": "block", "menu": "command", "scan": "scan"},
}
FAULTS = ("delay", "refuse_connection", "accept_then_hang", "accept_then_502", "token_dies")
PLATFORMS = ("wechat", "weibo", "telegram")


def render(texts: Mapping[str, str], language: str, console_url: str) -> str:
    """The whole page in one language."""
    t = {name: html.escape(text) for name, text in texts.items()}
    words = html.escape(
        json.dumps({k.removeprefix("js_"): v for k, v in texts.items() if k.startswith("js_")} | _names(texts), ensure_ascii=False)
    )
    console = f'<a class="console" href="{html.escape(console_url)}">{t["console"]}</a>' if console_url else ""
    duty = f'<a href="/duty?lang={language}">{t["duty"]}</a>'
    phones = "".join(_phone(platform, t) for platform in PLATFORMS)
    return f"""<!doctype html>
<html lang="{t["html_lang"]}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{t["title"]}</title>
<link rel="stylesheet" href="/static/sandbox.css"><link rel="icon" href="data:,">
<script src="/static/sandbox.js" defer></script>
</head>
<body data-words="{words}" data-lang="{language}">
<a class="skip" href="#phones">{t["skip"]}</a>
<header class="top">
<div><h1>{t["title"]}</h1><p>{t["lead"]}</p></div>
<nav><a href="/?lang={t["other_code"]}" lang="{t["other_code"]}">{t["other_lang"]}</a>{duty}{console}</nav>
</header>
<p class="lost" role="status" hidden>{t["js_lost"]}</p>
<main>
<div class="phones" id="phones">{phones}</div>
<aside class="side">{_log(t)}{_faults(t)}{_clock(t)}</aside>
</main>
</body>
</html>
"""


def _names(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in (*PLATFORMS, *FAULTS, "all", "healthy", "no_account", "log_empty")}


def _phone(platform: str, t: Mapping[str, str]) -> str:
    return f"""
<section class="phone {platform}" data-platform="{platform}" data-testid="phone-{platform}" aria-label="{t[platform]}">
<header>
<h2>{t[platform]}</h2>
<label>{t["account"]} <select data-testid="account"></select></label>
<label>{t["citizen"]} <input data-testid="citizen" maxlength="64" autocomplete="off"
 value="{t["name_" + platform]}" list="names-{platform}"></label>
<datalist id="names-{platform}"></datalist>
<div class="tabs" role="tablist" aria-label="{t[platform]}">
{_tab(platform, t, "private")}{_tab(platform, t, "public")}
</div>
</header>
<div class="pane private" id="private-{platform}" role="tabpanel" aria-label="{t["tab_" + platform]}">
<ol class="bubbles" data-testid="bubbles" aria-live="polite" aria-label="{t["bubbles"]}" tabindex="0"></ol>
<p class="typing" role="status"></p>
<form class="compose">
<button type="button" class="plus" data-testid="more" aria-expanded="false" aria-controls="drawer-{platform}"
 aria-label="{t["more"]}">＋</button>
<input data-testid="say" aria-label="{t["say"]}" placeholder="{t["say"]}" maxlength="20000"
 autocomplete="off">
<button class="send" data-testid="send">{t["send"]}</button>
</form>
<div class="drawer" id="drawer-{platform}" hidden>{_drawer(platform, t)}</div>
</div>
<div class="pane public" id="public-{platform}" role="tabpanel" aria-label="{t["pub_" + platform]}" hidden>
<ol class="posts" data-testid="posts" aria-label="{t["posts"]}" tabindex="0"></ol>
{_public_form(platform, t)}
</div>
</section>"""


def _tab(platform: str, t: Mapping[str, str], name: str) -> str:
    label, first = t[("tab_" if name == "private" else "pub_") + platform], name == "private"
    state = 'aria-selected="true"' if first else 'aria-selected="false" tabindex="-1"'
    ids = f'aria-controls="{name}-{platform}" data-tab="{name}" data-testid="tab-{name}"'
    return f'<button type="button" role="tab" {state} {ids}>{label}</button>'


def _drawer(platform: str, t: Mapping[str, str]) -> str:
    media = "".join(f'<button type="button" data-media="{kind}">{t[kind]}</button>' for kind in MEDIA[platform])
    acts = "".join(f'<button type="button" data-kind="{kind}">{t[label]}</button>' for kind, label in ACTS[platform].items())
    return f'<div>{media}</div><div class="acts">{acts}</div>'


def _public_form(platform: str, t: Mapping[str, str]) -> str:
    if platform == "wechat":
        return ""
    return f"""<form class="compose public-compose">
<input data-testid="public-say" aria-label="{t["public_say"]}" placeholder="{t["public_say"]}" maxlength="140" autocomplete="off">
<button data-kind="comment" data-testid="comment">{t["comment"]}</button>
<button type="button" data-kind="mention" data-testid="mention">{t["mention"]}</button>
</form>"""


def _log(t: Mapping[str, str]) -> str:
    heads = "".join(f'<th scope="col">{t["log_" + name]}</th>' for name in ("time", "platform", "result", "ms"))
    return f"""<section aria-labelledby="log-title"><h2 id="log-title">{t["log"]}</h2>
<div class="log" tabindex="0" role="group" aria-labelledby="log-title">
<table data-testid="push-log"><thead><tr>{heads}</tr></thead><tbody></tbody></table><p class="empty">{t["log_empty"]}</p></div></section>"""


def _faults(t: Mapping[str, str]) -> str:
    options = "".join(f'<option value="{name}">{t[name]}</option>' for name in PLATFORMS)
    buttons = "".join(f'<button type="button" data-fault="{name}" data-testid="fault-{name}">{t[name]}</button>' for name in FAULTS)
    return f"""<section class="faults" aria-labelledby="fault-title"><h2 id="fault-title">{t["faults"]}</h2>
<p class="help">{t["fault_help"]}</p>
<label>{t["fault_for"]} <select data-testid="fault-platform"><option value="">{t["all"]}</option>{options}</select></label>
<div class="buttons">{buttons}</div>
<p class="active" data-testid="fault-state" role="status">{t["healthy"]}</p>
<button type="button" class="clear" data-testid="fault-clear" hidden>{t["clear"]}</button></section>"""


def _clock(t: Mapping[str, str]) -> str:
    return f"""<section class="clock" aria-labelledby="clock-title"><h2 id="clock-title">{t["clock"]}</h2>
<p class="help">{t["clock_help"]}</p><p class="now" data-testid="clock" role="status"></p>
<div class="buttons"><button type="button" data-advance="3600" data-testid="clock-hour">{t["hour"]}</button>
<button type="button" data-advance="176400" data-testid="clock-days">{t["days"]}</button>
<button type="button" data-offset="0" data-testid="clock-real">{t["real"]}</button></div></section>"""
