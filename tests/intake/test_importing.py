"""An import on a real store: everybody is accounted for, and importing twice makes nobody twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from nurture.domain.consent import Basis, Consent
from nurture.domain.errors import Invalid, Unavailable
from nurture.domain.lead import Channel, Contact
from nurture.domain.ports import Saved
from nurture.intake import Column, ImportReport, LeadMap, Part, Rejected, Row, import_leads
from nurture.intake.importing import SHARED
from nurture.intake.person import RowReader
from nurture.store import Store, migrate, open_store

MAP = LeadMap(
    (
        Column("Email", Part.EMAIL),
        Column("Phone", Part.PHONE),
        Column("Id", Part.PROSPECT_ID, name="prospect_id"),
        Column("Origin", Part.ORIGIN, name="origin"),
        Column("Do Not Email", Part.OPT_OUT, channels=(Channel.EMAIL,)),
    ),
    system="crm",
)
ADA = ("ada@example.com", "+12015550123", "1", "Contact form", "No")
KEN = ("ken@example.com", "", "2", "Lead Import", "Yes")
JOAN = ("joan@example.com", "", "", "API", "")
NOBODY = ("", "", "3", "API", "")


@dataclass
class Noon:
    """A clock that stands still."""

    at: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest_asyncio.fixture
async def store(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'nurture.db'}"
    await migrate(url)
    async with open_store(url, Noon()) as opened:
        yield opened


def rows(*people: Sequence[str]) -> Iterator[Row]:
    reader = RowReader(MAP, [column.header for column in MAP.columns])
    for number, cells in enumerate(people, start=2):
        try:
            yield reader.read(cells, number)
        except Invalid as error:
            yield Rejected(number, error.reason, tuple(cells))


async def imported(store: Store, *people: Sequence[str], **options: object) -> ImportReport:
    return await import_leads(rows(*people), store.leads, store.inbox, Noon(), **options)  # type: ignore[arg-type]


async def test_every_row_ends_imported_merged_or_rejected(store):
    report = await imported(store, ADA, KEN, NOBODY, JOAN, ADA)

    assert (report.read, report.imported, report.merged, report.rejected) == (5, 3, 1, 1)
    assert [contact.email async for contact in store.leads.all()] == [
        "ada@example.com",
        "ken@example.com",
        "joan@example.com",
    ]


async def test_rows_of_one_person_in_different_batches_are_merged(store):
    report = await imported(store, ADA, KEN, JOAN, ADA, batch=1)

    assert (report.imported, report.merged) == (3, 1)


async def test_another_id_for_a_known_address_is_merged(store):
    twin = ("ada@example.com", "", "77", "API", "")

    report = await imported(store, ADA, twin)

    assert (report.imported, report.merged) == (1, 1)
    assert len([contact async for contact in store.leads.all()]) == 1


async def test_importing_twice_makes_nobody_twice(store):
    await imported(store, ADA, KEN, JOAN)
    before = [contact.id async for contact in store.leads.all()]

    report = await imported(store, ADA, KEN, JOAN)

    assert (report.read, report.imported, report.merged, report.opted_out) == (3, 0, 3, 1)
    assert [contact.id async for contact in store.leads.all()] == before
    assert len(await store.leads.suppressions(before[1])) == 1


async def test_do_not_email_silences_like_a_persons_own_word(store):
    report = await imported(store, KEN)

    ken = await store.leads.find_by_address(email="ken@example.com")
    (suppression,) = await store.leads.suppressions(ken.id)
    assert (suppression.channel, report.opted_out) == (Channel.EMAIL, 1)


async def test_a_couple_with_one_telephone_stays_two_and_a_no_to_calls_is_for_the_number(store):
    columns = (*MAP.columns[:2], Column("Do Not Call", Part.OPT_OUT, channels=(Channel.CALL, Channel.EMAIL)))
    reader = RowReader(LeadMap(columns), ["Email", "Phone", "Do Not Call"])
    couple = [
        reader.read(["ada@example.com", "+12015550123", "no"], 2),
        reader.read(["ben@example.com", "+12015550123", "yes"], 3),
    ]

    report = await import_leads(couple, store.leads, store.inbox, Noon())

    ada = await store.leads.find_by_address(phone="+12015550123")
    ben = await store.leads.find_by_address(email="ben@example.com")
    assert (report.imported, report.merged, report.notes) == (2, 0, {SHARED: 1})
    assert (ada.email, ben.phone) == ("ada@example.com", "")
    assert [each.channel for each in await store.leads.suppressions(ada.id)] == [Channel.CALL]
    assert {each.channel for each in await store.leads.suppressions(ben.id)} == {Channel.CALL, Channel.EMAIL}


async def test_what_was_read_before_the_file_failed_is_saved(store):
    def torn() -> Iterator[Row]:
        yield from rows(ADA, KEN)
        raise Invalid("the file has more than 2 rows")

    with pytest.raises(Invalid, match="more than 2 rows"):
        await import_leads(torn(), store.leads, store.inbox, Noon(), batch=2)

    assert [contact.email async for contact in store.leads.all()] == ["ada@example.com", "ken@example.com"]


async def test_a_store_that_fails_ends_the_import_after_the_thread_that_reads(store):
    class Broken(Picky):
        async def save(self, contacts: Sequence[Contact], consents: Sequence[Consent] = ()) -> Saved:
            raise Unavailable("the store does not answer")

    source = rows(ADA, KEN, JOAN)

    with pytest.raises(Unavailable):
        await import_leads(source, Broken(), store.inbox, Noon(), batch=1)

    assert [row.row for row in source] == [4]  # the second row was being read, and nobody reads on


async def test_who_asked_us_may_be_answered(store):
    await imported(store, ADA, KEN)
    ada = await store.leads.find_by_address(email="ada@example.com")
    ken = await store.leads.find_by_address(email="ken@example.com")

    (consent,) = await store.leads.consents(ada.id)

    assert (consent.basis, consent.channel, consent.given_at) == (Basis.INQUIRY, Channel.EMAIL, Noon().now())
    assert await store.leads.consents(ken.id) == ()


async def test_progress_and_rejects_are_told_on_the_way(store):
    heard: list[int] = []
    refused: list[Rejected] = []

    await imported(
        store, ADA, NOBODY, KEN, batch=2, on_progress=lambda report: heard.append(report.read), on_reject=refused.append
    )

    assert heard == [2, 3]
    assert [reject.row for reject in refused] == [3]


class Picky:
    """A store of people that refuses one of them, as a database with a rule of its own would."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    async def save(self, contacts: Sequence[Contact], consents: Sequence[Consent] = ()) -> Saved:
        if any(contact.email == "ken@example.com" for contact in contacts):
            raise Invalid("ken is not welcome")
        self.kept += [contact.email for contact in contacts]
        ids = {contact.id: contact.id for contact in contacts}
        return Saved(ids, new=frozenset(ids))


async def test_one_row_the_store_refuses_costs_one_row(store):
    picky = Picky()
    refused: list[Rejected] = []

    report = await import_leads(rows(ADA, KEN, JOAN), picky, store.inbox, Noon(), on_reject=refused.append)

    assert (report.imported, report.rejected) == (2, 1)
    assert picky.kept == ["ada@example.com", "joan@example.com"]
    assert [reject.reason for reject in refused] == ["ken is not welcome"]
