"""pytest collects the notebooks of the book and runs them cell by cell, one kernel a chapter
(nbval, outputs not compared)."""
import re
from collections import defaultdict

import pytest
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError, find_comment_markers, find_metadata_tags

ANSI = re.compile(r"\x1b\[[0-9;]*m")
UNTIDY = re.compile(r"Warning: |\$\S*\\[a-z]+")


def pytest_collect_file(file_path, parent):
    """Every MyST notebook in chapters/, exercises/, teaching/ and appendix/, and the front page."""
    folders = ("chapters", "exercises", "teaching", "appendix")
    is_chapter = file_path.parent.name in folders and file_path.suffix == ".md"
    if (is_chapter or file_path.name == "intro.md") and is_myst_markdown_notebook(
        file_path.read_text("utf8")
    ):
        return Chapter.from_parent(parent, path=file_path)


class Chapter(IPyNbFile):
    """A MyST notebook; its kernel starts in the notebook's folder, as it does when the book is
    built."""

    def setup(self):
        option = self.config.option
        self.kernel = RunningKernel(
            option.nbval_kernel_name or CURRENT_ENV_KERNEL_NAME,
            cwd=str(self.path.parent),
            startup_timeout=option.nbval_kernel_startup_timeout,
        )
        self.setup_sanitize_files()
        self.broken = None

    def collect(self):
        text = self.path.read_text("utf8")
        self.nb = read_myst_markdown_notebook(text, add_source_map=True, path=self.path)
        cells = [
            (c, n)
            for c, n in zip(self.nb.cells, self.nb.metadata["source_map"])
            if c.cell_type == "code"
        ]
        for number, (cell, line) in enumerate(cells, 1):
            options = defaultdict(bool, find_metadata_tags(cell.metadata))
            options.update(find_comment_markers(cell.source))
            options["check"] = False  # the sources hold no outputs to compare with
            item = ChapterCell.from_parent(
                self,
                name=f"cell {number} (line {line + 1})",
                cell_num=number,
                cell=cell,
                options=options,
            )
            item.line = line
            yield item


class ChapterCell(IPyNbCell):
    """One code cell; a failure names the chapter and the line."""

    def reportinfo(self):
        return self.path, self.line, f"{self.path.name}: {self.name}"

    def repr_failure(self, excinfo):
        text = ANSI.sub("", str(super().repr_failure(excinfo)))
        if isinstance(excinfo.value, NbCellError):
            trace = ANSI.sub("", excinfo.value.inner_traceback or str(excinfo.value))
            text = f"{self.path.name}:{self.line + 1}: {trace.strip().splitlines()[-1]}\n{text}"
        return text

    def runtest(self):
        if self.parent.broken:
            pytest.skip(f"{self.parent.broken} failed")
        try:
            super().runtest()
            if self.options["check_exception"] and not any(
                o.output_type == "error" for o in self.test_outputs
            ):
                self.raise_cell_error("the cell is tagged raises-exception but raised nothing")
            for text in (o.text for o in self.test_outputs if o.output_type == "stream"):
                if UNTIDY.search(text):
                    self.raise_cell_error(f"the cell prints a warning, or raw TeX: {text}")
        except BaseException:
            self.parent.broken = self.name
            raise
