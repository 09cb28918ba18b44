"""The invented children whose forms the tests fill in; every name, address and number here belongs to nobody."""

from tests.forms.answers import Answers, Day, Relative

_NAMES = (
    "Isaac Fairbourne",
    "Zoë Ní Dhomhnaill",
    "D’Arcy O'Connell-Smythe",
    "Łukasz Wąsikowski",
    "يوسف عبد الله الحسن",
    "נועה בן־דוד",
    "Nguyễn Thị Phương Anh",
    "Zoe\u0308 A\u030angstro\u0308m",
    "Unborn baby of Keira Tallow",
    "Ünal Çağrı Gökçe",
    "Mary-Anne St. John",
    "محمد (Mo) Rahimi",
    "李小龙",
    "Ağça Ɓello",
    "Baby Boy Penhaligon",
    "Rhys ap Gruffydd",
    "Jean-Luc D'Souza",
    "Σοφία Παπαδοπούλου",
    "Олександр Шевченко",
    "Chidi Okonkwo-Achebe",
    "Å",
    "Sha’Niqua Rose Delacroix",
    "हरि प्रसाद",
    "Aoife Mac an tSaoi",
)
_REFERRERS = (
    ("Verity Lockhart", "Social Worker", "North Moor Children’s Services", "northmoor"),
    ("Dr Saoirse O’Hara-Quill", "Named Doctor", "Wexcombe Hospitals NHS Trust", "healthtrust"),
    ("DS Tomasz Król", "Detective Sergeant", "Wexcombe Constabulary", "police"),
    ("Ms. Ifeoma Eze", "Designated Safeguarding Lead", "St. Brannock’s School", "school"),
    ("Gwen Pryce", "Team Manager / Practice Lead", "Early Help (South)", "earlyhelp"),
)
_DAYS = (
    Day("11/05/2026", "2026-05-11"),
    Day("2026-05-13", "2026-05-13"),
    Day("3 April 2026", "2026-04-03"),
    Day("3rd April, 2026", "2026-04-03"),
    Day("Friday 3 April 2026", "2026-04-03"),
    Day("03.04.2026", "2026-04-03"),
    Day("9-5-26", "2026-05-09"),
)
_INCIDENTS = (
    Day("09/05/2026", "2026-05-09"),
    Day("12/05/2026 at 15:10", "2026-05-12", "15:10"),
    Day("2026-04-30", "2026-04-30"),
    Day("1st May 2026, 3.10pm", "2026-05-01", "15:10"),
    Day("4 May 2026 0930 hrs", "2026-05-04", "09:30"),
)
_BIRTHS = (
    Day("14/03/2023", "2023-03-14"),
    Day("1 September 2014", "2014-09-01"),
    Day("29/02/2020", "2020-02-29"),
    Day("5.6.19", "2019-06-05"),
    Day("2010-12-31", "2010-12-31"),
)
_SUMMARIES = (
    "The child was admitted with a healing fracture.\nThe injury was estimated at seven to ten days old.",
    "Found unresponsive at home. Name: not given by the caller.\nThe mother said: “I do not know”.",
    "Background\nThree referrals since 2024 (see 6. Other information).\nAgency: none took the lead; no plan was made.",
    "One sentence only, about what happened – and why it meets the criteria.",
    "Date of birth: as above. Carer: the child’s aunt.\nYes, the criteria are met.\n50% burns; <script> & “quotes”.",
)
_ETHNIC = ("A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "C4", "C5", "D1", "D2", "D3", "E1", "F1")
_SPECIFIED = ("Turkish", "Roma (Slovak)", "Kurdish")
_PLANS = ("no", "yes", "has_been", "not_known")


def _family(number: int, surname: str, address: str) -> tuple[Relative, ...]:
    everyone = (
        Relative(f"Natalie {surname}", "Mother", Day("03/07/1998", "1998-07-03"), address, "White British"),
        Relative("Scott Beamish", "Mother’s partner", Day("21 January 1994", "1994-01-21"), "Same", "White Irish"),
        Relative("José Núñez", "Grandparent", Day("not known"), "Not known", "Spanish"),
        Relative(f"Baby {surname}", "Half-sibling", Day("2025-11-02", "2025-11-02"), address, "Mixed"),
    )
    return everyone[: 1 + number % 4]


def child(number: int) -> Answers:
    """Give one of the children; each answers every question of the form, in a manner of their own."""
    name = _NAMES[number]
    referrer, role, agency, domain = _REFERRERS[number % 5]
    code = _ETHNIC[number % len(_ETHNIC)]
    is_unborn = name.startswith("Unborn")
    address = f"{number + 2} Sycamore Road, Wexcombe, ZZ99 {number % 9 + 1}CD"
    died = number % 3 == 0
    return Answers(
        referrer=referrer,
        email=f"referrer{number}@{domain}.example",
        role=role,
        tel=f"01632 9601{number:02d}" if number % 2 else f"07700 9001{number:02d}",
        agency=agency,
        submitted=_DAYS[number % len(_DAYS)],
        name=name,
        dob=Day("Unborn, EDD 20/10/2026", None, None, is_doubtful=True) if is_unborn else _BIRTHS[number % 5],
        address=address,
        incident=_INCIDENTS[number % 5],
        carer=("Mother and her partner", "Mr & Mrs O’Shea", "Foster carer", "Father")[number % 4],
        location=("Home address", "Wexcombe A&E", "Beach (Sand Bay)", "School")[number % 4],
        ethnic=(code,),
        specify=_SPECIFIED[number % 3] if code == "E1" else "",
        faith=("None", "Muslim", "Church of England", "Not known")[number % 4],
        disability=("None", "Yes - epilepsy", "Autism spectrum condition", "Not known")[number % 4],
        plan=_PLANS[number % 4],
        family=_family(number, name.split()[-1], address),
        deceased="yes" if died else "no",
        harmed="no" if died else "yes",
        abuse=("known", "suspected", "no")[number % 3],
        concern=("yes", "no")[number % 2],
        summary=_SUMMARIES[number % 5],
        agencies=(
            ("Dr Helen Prior", "Hospital paediatrics", "01632 960701", "Yes"),
            ("Mr J. Okoro", "Probation", "okoro@probation.example", "No - closed 2025"),
        )[: 1 + number % 2],
        processes=(("Police investigation", "Ongoing"), ("Coroner’s inquest", "Opened 12/05/2026"))[: 1 + number % 2],
    )


CHILDREN = tuple(child(number) for number in range(len(_NAMES)))
