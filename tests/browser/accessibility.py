"""What axe finds on a page, by the rules of WCAG 2.2 AA and of good practice."""

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, axe: str) -> list[str]:
    """The script *axe* comes in past the page's policy, as a browser's extension does."""
    tools = page.context.new_cdp_session(page)
    tools.send("Runtime.evaluate", {"expression": axe})
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]
