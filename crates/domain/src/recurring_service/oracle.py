"""Writes the table of random plans and their dates, as dateutil has them, with which recurrence.rs is tested.

    python3 oracle.py > oracle.txt     # needs python-dateutil 2.9
"""

import random
import warnings
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from dateutil.rrule import MONTHLY, WEEKLY, DAILY, YEARLY, MO, TU, WE, TH, FR, SA, SU, rrule

PLANS = 500
WEEKDAYS = {"Mon": MO, "Tue": TU, "Wed": WE, "Thu": TH, "Fri": FR, "Sat": SA, "Sun": SU}
WEEKS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
FREQUENCIES = {
    "Daily": (DAILY, 1),
    "Weekly": (WEEKLY, 1),
    "Monthly": (MONTHLY, 1),
    "Quarterly": (MONTHLY, 3),
    "Semiannually": (MONTHLY, 6),
    "Annually": (YEARLY, 1),
}

# A plan that has both a count and an end is older than RFC 5545, which allows only one of them; dateutil obeys both.
warnings.filterwarnings("ignore", message="Using both 'count' and 'until'")


def random_start(pick):
    # Around 1900 and 2100 there are leap days that are left out.
    year = pick.choice([pick.randint(first, first + 12) for first in (2020, 2020, 1892, 2092)])
    month = pick.randint(1, 12)
    last = monthrange(year, month)[1]
    leap_year = year if monthrange(year, 2)[1] == 29 else 2024
    return pick.choice([
        date(year, month, pick.randint(1, last)),
        date(year, month, pick.randint(1, last)),
        date(year, month, last),
        date(leap_year, 2, 29),
    ])


def random_plan(pick, number):
    frequency = list(FREQUENCIES)[number % len(FREQUENCIES)]
    interval = pick.choices([1, pick.randint(2, 6), pick.randint(7, 60), pick.randint(61, 1000)], [50, 35, 10, 5])[0]
    plan = {"frequency": frequency, "interval": interval}
    if frequency == "Weekly":
        # Written in any order.
        plan["weekdays"] = pick.sample(list(WEEKDAYS), pick.choice([0, 1, 2, 3, 5, 7]))
    elif frequency != "Daily":
        kind = pick.choice(["start", "day", "end", "week"])
        if kind == "day":
            plan["day"] = pick.randint(1, 28)
        elif kind == "end":
            plan["day"] = pick.randint(29, 31)
        elif kind == "week":
            plan["week"] = pick.choice(list(WEEKS))
            plan["weekdays"] = [pick.choice(list(WEEKDAYS))]
    plan["starts"] = random_start(pick)
    if pick.random() < 0.25:
        plan["ends"] = plan["starts"] + timedelta(days=pick.choice([pick.randint(0, 60), pick.randint(0, 3000)]))
    if pick.random() < 0.4:
        plan["count"] = pick.choice([1, 2, pick.randint(3, 12), pick.randint(13, 400)])
    return plan


def dates(plan):
    """The dates of a plan in the ten years from its start."""
    frequency, months = FREQUENCIES[plan["frequency"]]
    starts = plan["starts"]
    rule = {"interval": plan["interval"] * months, "wkst": MO}
    if frequency == WEEKLY:
        # Without weekdays dateutil takes that of the start.
        rule["byweekday"] = [WEEKDAYS[day] for day in plan["weekdays"]] or None
    elif frequency in (MONTHLY, YEARLY):
        if frequency == YEARLY:
            rule["bymonth"] = starts.month
        if "week" in plan:
            rule["byweekday"] = WEEKDAYS[plan["weekdays"][0]](WEEKS[plan["week"]])
        else:
            # The last of the days that a month has.
            day = plan.get("day", starts.day)
            rule["bymonthday"] = list(range(min(day, 28), day + 1))
            rule["bysetpos"] = -1
    last = starts + relativedelta(years=10) - timedelta(days=1)
    last = min(last, plan.get("ends", last))
    midnight = lambda day: datetime.combine(day, time.min)
    rule = rrule(frequency, dtstart=midnight(starts), until=midnight(last), count=plan.get("count"), **rule)
    return [occurrence.date() for occurrence in rule]


def fnv_1a(data):
    checksum = 0xCBF29CE484222325
    for byte in data:
        checksum = (checksum ^ byte) * 0x100000001B3 % 2**64
    return checksum


def line(plan):
    fields = ((key, ",".join(value) if isinstance(value, list) else value) for key, value in plan.items())
    fields = " ".join(f"{key}={value}" for key, value in fields if value != "")
    found = [day.isoformat() for day in dates(plan)]
    checksum = fnv_1a("\n".join(found).encode())
    return f"{fields} => {len(found)} | {' '.join(found[:6])} | {' '.join(found[-2:])} | {checksum:016x}"


if __name__ == "__main__":
    pick = random.Random(20240131)
    for number in range(PLANS):
        print(line(random_plan(pick, number)))
