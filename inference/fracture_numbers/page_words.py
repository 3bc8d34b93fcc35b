# SPDX-License-Identifier: GPL-2.0-or-later
"""What the report says of how its numbers were found, and whom to cite."""

from __future__ import annotations

METHOD = (
    "Lengths and areas are measured on a plane, never in the units of the map's projection. "
    "Directions are azimuths from 0 to 180 degrees clockwise from true north; without a "
    "coordinate system they count from the image's upper edge.",
    "Lines are cut exactly at the edge of the sampling area. P21 is the length inside by the "
    "area. P20 is half the number of trace ends inside by the area: a trace cut once by the edge "
    "counts a half, so neighbouring areas add up and large traces are not counted too often. "
    "Their ratio is the mean trace length that edges do not bias. What lies in several areas "
    "counts in each of them.",
    "Nodes come from the geometry: a free end is I; an end within {snap} {unit} of another line "
    "abuts on it and is Y; where four or more branches meet is X. A line that goes on as another "
    "is one branch there. What the edge cuts (E) is nobody's end and is left out of the counts. "
    "Lines N_L = (N_I + N_Y) / 2, branches N_B = (N_I + 3 N_Y + 4 N_X) / 2, connections a line "
    "C_L = 2 (N_Y + N_X) / N_L, connections a branch C_B = (3 N_Y + 4 N_X) / N_B.",
    "The power law of lengths is fitted by maximum likelihood; where it begins is where the "
    "distance of Kolmogorov and Smirnov is least; p is the share of made samples that fit worse "
    "than the lengths do: below 0.1 the law is implausible. Other laws are compared by their "
    "normalised likelihood ratio: above 0 the power law is likelier, and p below 0.1 tells that "
    "the sign can be trusted. Lengths cut by the edge enter as they are seen.",
    "In the roses the area of a petal tells how much there is, not its radius. The resultant is "
    "0 where directions are spread evenly and 1 where all are alike; Rayleigh's p is the "
    "probability of so much order by chance.",
    "Blocks are what fractures enclose; where a sampling area is given its edge closes those at "
    "the rim, which are told apart and left out of the sizes.",
)

SOURCES = (
    "Sanderson & Nixon 2015: The use of topology in fracture network characterization. Journal "
    "of Structural Geology 72.",
    "Dershowitz & Herda 1992: Interpretation of fracture spacing and intensity. 33rd US "
    "Symposium on Rock Mechanics.",
    "Mauldon 1998: Estimating mean fracture trace length and density from observations in convex "
    "windows. Rock Mechanics and Rock Engineering 31.",
    "Clauset, Shalizi & Newman 2009: Power-law distributions in empirical data. SIAM Review 51.",
    "Vuong 1989: Likelihood ratio tests for model selection. Econometrica 57.",
    "Mardia & Jupp 2000: Directional Statistics. Wiley.",
)
