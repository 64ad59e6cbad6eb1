"""The counties that the sample knows by name, with the public facts it draws them from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class District:
    """One local-authority district of a county that the sample knows by name.

    A blank figure is taken from the number of the district's postcodes; ``rural`` blank is told postcode by
    postcode from how densely they lie.
    """

    code: str
    name: str
    people_65plus: int | None = None
    cqc_locations: int | None = None
    rural: bool | None = None


@dataclass(frozen=True)
class KnownCounty:
    """A county that the sample knows by name.

    Attributes
    ----------
    river, bridges
        A river that is crossed only at its bridges, north to south, and a point due west of it at each end;
        EPSG:27700 metres. Empty: none.
    """

    key: str
    name: str
    packages: int
    districts: tuple[District, ...]
    river: tuple[tuple[float, float], ...] = ()
    bridges: tuple[tuple[float, float], ...] = ()


GLOUCESTERSHIRE = KnownCounty(
    key="gloucestershire",
    name="Gloucestershire",
    packages=5000,
    districts=(
        District("E07000078", "Cheltenham", 22890, 29, rural=False),
        District("E07000079", "Cotswold", 23664, 23, rural=True),
        District("E07000080", "Forest of Dean", 21813, 15, rural=True),
        District("E07000081", "Gloucester", 22115, 91, rural=False),
        District("E07000082", "Stroud", 28227, 25, rural=True),
        District("E07000083", "Tewkesbury", 21109, 23, rural=True),
    ),
    # The Severn from above Tewkesbury to Beachley, about 500 m true, and the road bridges over it in the county.
    river=(
        (388300, 236500), (388750, 233700), (388300, 232300), (387000, 230500), (385800, 229300),
        (384500, 227900), (383900, 226300), (382200, 225000), (382000, 223500), (381900, 221800),
        (382000, 220000), (381500, 218600), (380500, 217800), (378800, 217500), (377200, 216700),
        (375700, 216300), (375300, 214500), (375900, 213200), (375500, 211600), (374300, 210900),
        (372800, 212300), (371200, 213000), (369900, 212500), (369500, 211600), (370000, 210700),
        (371800, 209000), (372400, 208000), (371600, 206200), (369900, 204900), (368000, 204300),
        (366300, 202300), (365000, 200200), (362500, 198300), (359000, 195800), (355900, 191500),
        (355000, 189500), (330000, 189500), (330000, 236500),
    ),
    bridges=((388850, 233750), (384500, 227900), (381700, 219600)),
)  # fmt: skip
RUTLAND = KnownCounty(
    key="rutland",
    name="Rutland",
    packages=300,
    districts=(District("E06000017", "Rutland"),),
)
