"""Words that would run in a page that took them for markup."""

MARK = "window.__ran = (window.__ran || 0) + 1"
CORPUS = (
    f"<script>{MARK}</script>",
    f"<img src=x onerror='{MARK}'>",
    f"<svg onload='{MARK}'><svg/onload={MARK}>",
    f"\"'><img src=x onerror={MARK}>",
    f"javascript:{MARK}",
    f"[a](javascript:{MARK}) [b](<javascript:{MARK}>) <javascript:{MARK}>",
    f"[c](data:text/html,<script>{MARK}</script>) ![d](https://evil.example/e.png)",
    f"```html\n<script>{MARK}</script>\n```",
    f'```"><img src=x onerror={MARK}>\nx\n```',
    f'||<iframe srcdoc="<script>parent.{MARK}</script>">||',
    f'<t:99999999999999:R> <@1"onmouseover={MARK}> <:x" onerror={MARK}:1>',
    "&lt;b&gt; &#x3c;script&#x3e;",
    f"{{{{constructor.constructor('{MARK}')()}}}} ${{{MARK}}}",
)
