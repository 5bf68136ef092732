"""Coordinate reference systems in which no place on Earth has a position, or not a usual one."""

ENGINEERING = (
    'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]'
)
MARS = (
    'GEOGCS["Mars",DATUM["Mars",SPHEROID["Mars",3396190,169.9]],PRIMEM["R",0],'
    'UNIT["degree",0.0174532925199433]]'
)
