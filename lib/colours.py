"""The colours of the book's pictures: one colour, one meaning."""

POSITIVE, NEGATIVE = "#D55E00", "#0072B2"   # neurons with r > 0, r < 0
CUBIC, LINEAR, KERNEL = "#009E73", "#E69F00", "#CC79A7"
RESIDUAL = "#56B4E9"
INK, PAPER = "#1b1f24", "#fffffe"           # pages replace these two by the colours of their theme
