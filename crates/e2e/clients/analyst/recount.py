"""Counts experiments from raw exposures and events alone, and prints the arms as one JSON object.

usage: recount.py DATA GOALS

DATA is a server's data folder. GOALS is a JSON object: for each campaign whose goal is not orders, the
name of the event and of the property that is summed. The table of outcomes is not read: who did what
after which first exposure is found out here, by the documents alone, with none of the product's code.
"""

import collections
import decimal
import json
import pathlib
import sys

import polars

EXPOSURE = ["lsn", "event_time", "feature_flag_context_id", "feature_flag_key"]
EXPOSURE += ["feature_flag_result_variant", "shown", "attribution_until"]
EVENT = ["lsn", "event_time", "customer", "kind", "name", "absorbed_customer", "order_id", "value_minor"]
EVENT += ["message_id", "currency", "feature_flag_key", "feature_flag_result_variant", "properties"]


class Person:
    """What is known of one customer, under all names so far."""

    def __init__(self):
        self.firsts = {}
        self.events = []
        self.engaged = collections.defaultdict(set)

    def absorb(self, other):
        for campaign, first in other.firsts.items():
            self.firsts[campaign] = min(self.firsts.get(campaign, first), first)
        self.events += other.events
        for campaign, steps in other.engaged.items():
            self.engaged[campaign] |= steps

    def expose(self, campaign, since, variant, until):
        """Keeps the exposure that counts: when, in which arm, and how long what follows counts.

        One as of an earlier time moves the window, and never the arm.
        """
        known = self.firsts.get(campaign)
        if known is None:
            self.firsts[campaign] = (since, variant, until)
        elif since < known[0]:
            self.firsts[campaign] = (since, known[1], until)


def rows(data, table, columns):
    files = sorted(map(str, data.glob(f"parquet/tenant=demo/table={table}/**/*.parquet")))
    return polars.scan_parquet(files).select(columns).collect().to_dicts()


def persons(data):
    """Everybody who is left, after all that was recorded in its sequence."""
    known = collections.defaultdict(Person)
    happened = rows(data, "exposures", EXPOSURE) + rows(data, "events", EVENT)
    for row in sorted(happened, key=lambda row: row["lsn"]):
        campaign, variant = row["feature_flag_key"], row["feature_flag_result_variant"]
        if "shown" in row:
            person = known[row["feature_flag_context_id"]]
            person.expose(campaign, row["event_time"], variant, row["attribution_until"])
            if row["shown"]:
                person.engaged[campaign].add("shown")
            continue
        person = known[row["customer"]]
        if row["kind"] == "merge":
            person.absorb(known.pop(row["absorbed_customer"], Person()))
        elif row["kind"] in ("promotion_view", "promotion_click") and campaign is not None:
            # Seen and clicked count for the arm that the page speaks of, once the customer is in it.
            first = person.firsts.get(campaign)
            if first is not None and variant in (None, first[1]):
                step = "seen" if row["kind"] == "promotion_view" else "clicked"
                person.engaged[campaign].add(step)
        else:
            person.events.append(row)
    return known.values()


def orders(person):
    """Each order with what is left of it: time, whether it counts, currency and minor units."""
    placed, back = {}, collections.defaultdict(dict)
    for event in sorted(person.events, key=lambda event: (event["event_time"], event["customer"])):
        if event["kind"] == "purchase":
            placed.setdefault(event["order_id"], event)
        elif event["kind"] in ("refund", "cancel"):
            back[event["order_id"]].setdefault(event["message_id"], event)
    for order_id, order in placed.items():
        paid = order["value_minor"] or 0
        told = back[order_id].values()
        whole = any(event["value_minor"] is None for event in told)
        parts = [event["value_minor"] for event in told if event["currency"] == order["currency"]]
        left = 0 if whole else max(0, paid - sum(part for part in parts if part is not None))
        yield order["event_time"], not whole and (paid == 0 or left > 0), order["currency"], left


def squashed(name):
    return (name or "").translate({ord(letter): None for letter in " _-"}).lower()


def thousandths(value):
    """A number to the third decimal, half up as a number is rounded by hand; what is none counts as 0."""
    if not isinstance(value, (int, decimal.Decimal, str)) or isinstance(value, bool):
        return 0
    try:
        number = decimal.Decimal(value)
    except decimal.InvalidOperation:
        return 0
    number = number.quantize(decimal.Decimal("0.001"), decimal.ROUND_HALF_UP)
    return int(number * 1000)


def numbers(person, goal):
    """When each event of a goal happened, and its number in thousandths."""
    told = set()
    for event in sorted(person.events, key=lambda event: event["event_time"]):
        is_new = event["message_id"] not in told
        if event["kind"] != "merge" and is_new and squashed(event["name"]) == squashed(goal["event"]):
            told.add(event["message_id"])
            properties = json.loads(event["properties"] or "{}", parse_float=decimal.Decimal)
            found = [v for k, v in properties.items() if squashed(k) == squashed(goal["value"])]
            yield event["event_time"], thousandths(found[-1]) if found else 0


def count(arm, person, campaign, goal):
    since, _, until = person.firsts[campaign]
    happened = {e["kind"] for e in person.events if since <= e["event_time"] <= until}
    placed = [order for order in orders(person) if since <= order[0] <= until]
    counting = sum(counts for _, counts, _, _ in placed)
    value = 0
    outcomes = counting
    if goal:
        found = [number for at, number in numbers(person, goal) if since <= at <= until]
        outcomes, value = len(found), sum(found)
    steps = {"eligible"} | person.engaged[campaign] | ({"cart", "checkout"} & happened)
    steps |= {"ordered"} if counting else set()
    arm["customers"] += 1
    arm["conversions"] += outcomes > 0
    arm["outcomes"] += outcomes
    arm["orders"] += counting
    arm["value_milli"] += value
    arm["value_milli_squared"] += value * value
    money = collections.Counter()
    for _, _, currency, left in placed:
        if currency is not None:
            money[currency] += left
    for currency, left in money.items():
        arm["revenue_minor"][currency] += left
        arm["revenue_minor_squared"][currency] += left * left
    for step in steps:
        arm["funnel"][step] += 1


def main():
    data, goals = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    counts = ["customers", "conversions", "outcomes", "orders", "value_milli", "value_milli_squared"]
    by_currency = ["revenue_minor", "revenue_minor_squared", "funnel"]
    arms = {}
    for person in persons(data):
        for campaign, (_, variant, _) in person.firsts.items():
            empty = dict.fromkeys(counts, 0) | {name: collections.Counter() for name in by_currency}
            arm = arms.setdefault(campaign, {}).setdefault(variant, empty)
            count(arm, person, campaign, goals.get(campaign))
    json.dump(arms, sys.stdout)


main()
