"""How much a file may ask of us. Recordings of handwriting are small; whatever exceeds these is refused, not tried.

Each limit stands far above the largest real recording that we know and low enough that a hostile file costs
seconds and less than a gigabyte.
"""

from __future__ import annotations

#: Bytes of one file. A day of writing at 200 points a second is about 20 MB of text; a form of IAM-OnDB 0.3 MB.
MAX_FILE_BYTES = 64 * 2**20

#: Points of one file. Eighty minutes of uninterrupted writing at 200 points a second; the longest file of UNIPEN has
#: a fourth of that, a page about 5,000. Six float64 channels are 48 MB, of which reading and comparing take copies.
MAX_POINTS = 1_000_000

#: Values of one file in all channels, 64 MB of float64.
MAX_VALUES = 8 * MAX_POINTS

#: Strokes of one file. A densely written page has about 1,500, so these are thirty of them.
MAX_STROKES = 50_000

#: Values in one row or point. Tablets report up to about a dozen channels.
MAX_CHANNELS = 64

#: Characters of one row of a table. Spreadsheets fill rows up to 16,384 empty cells.
MAX_LINE = 65_536

#: Size of x and y in the file's own units. A kilometre in micrometres; beyond it, squares lose their precision.
MAX_COORDINATE = 1e9

#: Elements within elements. Office nests ink about 12 deep.
MAX_XML_DEPTH = 64

#: Elements of an XML file that is read as it streams by (IAM-OnDB spends one on each point).
MAX_XML_ELEMENTS = MAX_POINTS + 1_000_000

#: Elements of an XML file that is held in memory whole (InkML: one a stroke, besides annotations); 0.5 kB each.
MAX_XML_TREE_ELEMENTS = 300_000

#: Attributes of all elements of an XML file that is held in memory whole; 0.1 kB each.
MAX_XML_TREE_ATTRIBUTES = 1_000_000

#: Attributes of one XML element. InkML's richest element has 10.
MAX_XML_ATTRIBUTES = 64

#: Objects within objects in JSON, checked before parsing, since the parser recurses.
MAX_JSON_DEPTH = 64

#: Bytes, lists and objects (one a point), and values of JSON, checked before parsing: a parsed point costs half a
#: kilobyte. Forty minutes of uninterrupted writing at 200 points a second.
MAX_JSON_BYTES = 32 * 2**20
MAX_JSON_LISTS = 500_000
MAX_JSON_VALUES = 4_000_000

#: Bytes of the beginning of a file that a detector may look at.
HEAD_BYTES = 64 * 1024

#: Fewest pen-down points that are a movement at all; a single dot says nothing of a hand.
MIN_POINTS = 2

#: Bytes of an IDX file, packed and unpacked, and its axes. The largest that we know, EMNIST by class, has 547 million.
MAX_IDX_BYTES = 600 * 2**20
MAX_IDX_AXES = 8

#: Bytes of pen trajectories of characters, unpacked. Chars74K has 4 million.
MAX_TRAJECTORY_BYTES = 64 * 2**20
