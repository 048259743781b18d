"""What is written for a font: the characters that the generator has learnt, several times each, in words and numbers.

Four of its characters are left out, ``& [ ] *``: it saw none of them more than once (``gan.writing.rarity``) and does
not write them.
"""

from __future__ import annotations

#: Lines of at most ``imitate.LINE`` characters, each written anew while one of its characters lacks legible letters.
LINES = (
    "the quick brown fox jumps over it",
    "a lazy dog packed my box of jugs",
    "five dozen quarts of liquid jam",
    "sphinx of black quartz judged a vow",
    "how vexingly quick zebras jumped",
    "jackdaws love my big quiz of size",
    "just six crazy kings vowed to quit",
    "we mixed a jar of very equal fizz",
    "Ann Ben Cat Dan Eve For Gus How Ian Jim",
    "Kate Let Max Not Old Pat Queen Red Sam",
    "Tom Use Very Who Xan Yes Zoe All But Can",
    "Did Each From Get He It Joe King Lola My",
    "No One Paul Quite Run She The Up Van We",
    "Xia You Zero And By Come Day East Fred",
    "Go Her In Just Kind Last Man Now On Put",
    "Quinn Rose So To Uncle Vera With Xmas",
    "York Zeal Anna Bob Carl Dora Emma Fay",
    "Jack Kurt Uda Vow Quit Zola Xenia Una",
    "10 27 38 49 56 13 20 64 79 85",
    "1958 2467 3903 in 1960 or 7245",
    "64 72 80 13 95 by 1837 and 4206",
    "25 31 47 58 69 70 82 93 14 60",
    "so. yes, no; all: why? oh! it's he's",
    "one, two. who? go! as: if; don't",
    '"well" he; so! (here) on-to me: is it?',
    '"and" (in) to-day, up-to it\'s no; oh!',
    "(a) my: (b) ten-ten; no? yes! so.",
    "#1 #2 #3 5% 8% 2+3 4+5 and/or 1/2",
    "so - and - but. In; on: it, is. we?",
    "\"So\" it's 'in' (we) oh! we're she's",
    "7, 10: 24; (39) 58. 60! 16? 34, 29.",
    "if very, just; size: quiz. fix, jog",
)
