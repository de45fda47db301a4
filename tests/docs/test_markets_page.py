"""The table of docs/markets.md says what the data says."""

from src_system.networks.markets import MARKETS


def _row(market):
    cells = [
        f"{market.country_code} {market.name}",
        f"{market.currency_code} {market.minor_units}",
        market.calling_code,
        " ".join(market.languages),
        market.postcode.lower(),
        ("required" if market.state_required else "optional") if market.states else "–",
        "required" if market.city_required else "optional",
        "yes" if market.remember_me_ticked else "no",
        market.national_identifier_name or "–",
    ]
    return "| " + " | ".join(cells) + " |"


def test_the_table_has_one_right_row_for_each_market(repository):
    page = (repository / "docs" / "markets.md").read_text(encoding="utf-8")
    _, table = page.split("|---|---|---|---|---|---|---|---|---|\n")
    rows = table.split("\n\n", 1)[0].splitlines()

    assert rows == [_row(market) for market in MARKETS.values()]
