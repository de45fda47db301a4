"""What a page is judged by: the rules of WCAG 2.2 AA and good practice, by axe and beside it."""

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The distances of WCAG 1.4.12, which a reader may ask for.
_SPACING = """*, ::before, ::after { line-height: 1.5 !important; letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important } p { margin-block-end: 2em !important }"""
# Not an element: the page's policy would refuse it.
_WITH_STYLE = """(text) => {
  const style = new CSSStyleSheet();
  style.replaceSync(text);
  document.adoptedStyleSheets = [style];
}"""
_LAYOUT = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} px wide`);
  for (const one of document.querySelectorAll('main *')) {
    const tells = one.matches('button, label, p, h1, dd, dt, span, legend');
    if (tells && one.clientWidth && one.scrollWidth > one.clientWidth + 1)
      found.push(`cut off: ${one.outerHTML}`);
    if (!one.matches('button, select, input:not([type=hidden])')) continue;
    const {width, height} = (one.closest('label') ?? one).getBoundingClientRect();
    if (Math.min(width, height) < 24) found.push(`small: ${one.outerHTML}`);
  }
  return found;
}"""
_FOCUSED = """() => {
  const one = document.activeElement;
  const {outlineStyle, outlineWidth} = getComputedStyle(one);
  const {top, bottom} = one.getBoundingClientRect();
  const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
    && bottom > 0 && top < window.innerHeight;
  return [one.dataset.ctpDcf, isSeen];
}"""
# One stop for a group of radios.
_STOPS = """() => [...document.querySelectorAll('button, select, input:not([type=hidden])')]
  .filter((one) => one.type !== 'radio' || one.checked).map((one) => one.dataset.ctpDcf)"""


def violations(page: Page, axe: str) -> list[str]:
    """The script *axe* comes in past the page's policy, as a browser's extension does."""
    tools = page.context.new_cdp_session(page)
    tools.send("Runtime.evaluate", {"expression": axe})
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]


def flaws(page: Page) -> list[str]:
    """What does not fit, or is too small to touch, at 320 px and with more air between letters."""
    page.set_viewport_size({"width": 320, "height": 256})  # 1280 x 1024 at 400 % (WCAG 1.4.10)
    plain = page.evaluate(_LAYOUT)
    page.evaluate(_WITH_STYLE, _SPACING)
    spaced = page.evaluate(_LAYOUT)
    page.evaluate(_WITH_STYLE, "")
    return [*plain, *(f"with spacing, {one}" for one in spaced)]


def unreached(page: Page) -> list[str]:
    """The controls that Tab does not come to in reading order, or whose focus is not seen."""
    expected = page.evaluate(_STOPS)
    page.evaluate("document.querySelector('h1').focus()")
    found = []
    for name in expected:
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED) != [name, True]:
            found.append(name)
    return found
