"""View: the pictures of the sources, with a box and a label on every face."""

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from PIL import Image, ImageEnhance, ImageTk

from fer_video.cli.desktop_window.playing.history import Who
from fer_video.cli.desktop_window.widgets.cutting import outlines
from fer_video.cli.desktop_window.widgets.layout import Cell, Place, cells, largest, under
from fer_video.cli.desktop_window.widgets.scaler import scaled_ahead
from fer_video.cli.desktop_window.widgets.theme import BACK, DIM, TEXT, colour_of
from fer_video.engine.faces.expressions import UNCERTAIN, Reading
from fer_video.engine.frames.handovers import RecognizedFrame

_DRAWN = "drawn"
"""Tag of all that lies over the picture."""
_LOST = 0.35
"""Share of its light that the last picture of a lost source keeps."""


class View(tk.Canvas):
    """One picture of Tk into which all sources are pasted; boxes are drawn over it by Tk.

    So words are as sharp as the screen, however the picture is scaled, and a face can be clicked.
    """

    def __init__(self, parent: tk.Misc, chosen: Callable[[Who | None], None]) -> None:
        """Show nothing yet.

        Args:
            parent: the widget around it.
            chosen: told of the face that was clicked on; None beside all faces.
        """
        super().__init__(parent, background=BACK, highlightthickness=0, width=320, height=180)
        self.parts_wanted = False
        """Whether the parts of the face in detail are outlined, rather than its label shown."""
        self._chosen = chosen
        self._names: Sequence[str] = ()
        self._shown: dict[str, RecognizedFrame] = {}
        self._lost: Mapping[str, str] = {}
        self._cells: Mapping[str, Cell] = {}
        self._places: dict[str, Place] = {}
        self._scaled = scaled_ahead(1)
        self._photo: ImageTk.PhotoImage | None = None
        self._item = self.create_image(0, 0, anchor="nw")
        self.bind("<Configure>", lambda _: self.draw())
        self.bind("<Button-1>", self._clicked)
        self._hint = ""
        self._who: Who | None = None

    def begin(self, names: Sequence[str], hint: str = "") -> None:
        """Forget what was shown, and expect these sources; `hint` is said until a frame comes."""
        self._names, self._hint = names, hint
        self._shown, self._places, self._lost, self._who = {}, {}, {}, None
        self._photo, self._scaled = None, scaled_ahead(len(names))
        self.itemconfigure(self._item, image="")
        self.draw()

    def prepare(self, recognized: RecognizedFrame) -> None:
        """Scale a frame that will be shown, so that it is only pasted then; from any thread."""
        frame, cell = recognized.frame, self._cells.get(recognized.frame.source)
        if cell is not None:
            place = cell.fit(frame)
            self._scaled(frame, place.width, place.height)

    def show(
        self, results: Sequence[RecognizedFrame], who: Who | None, lost: Mapping[str, str]
    ) -> Who | None:
        """Show new frames, at most one a source; the others stay.

        Args:
            results: what is new.
            who: the face that was chosen.
            lost: what to say of each source that gives no picture.

        Returns:
            The face in detail: the one chosen if it is there, else the largest.
        """
        self._shown |= {result.frame.source: result for result in results}
        self._lost, self._who = lost, who
        self.draw()
        return self._detail()

    def choose(self, who: Who | None) -> Who | None:
        """Mark a face; the face in detail then, see `show`."""
        self._who = who
        self.draw()
        return self._detail()

    @property
    def shown(self) -> Mapping[str, RecognizedFrame]:
        """The frame of each source that is shown."""
        return self._shown

    @property
    def places(self) -> Mapping[str, Place]:
        """Where the picture of each source is shown."""
        return self._places

    @property
    def lost(self) -> Mapping[str, str]:
        """What is said of each source that gives no picture."""
        return self._lost

    def draw(self) -> None:
        """Paste the pictures at the size of the window, and draw what lies over them."""
        self.delete(_DRAWN)
        grid = cells(len(self._names), self.winfo_width(), self.winfo_height())
        self._cells = named = dict(zip(self._names, grid, strict=True))
        self._places = {n: named[n].fit(r.frame) for n, r in self._shown.items() if n in named}
        if not self._shown:
            self._say(self.winfo_width() / 2, self.winfo_height() / 2, self._hint, DIM, "center")
        self._paste()
        detail = self._detail()
        for name, place in self._places.items():
            for reading in self._shown[name].readings if name not in self._lost else ():
                self._box(reading, place, chosen=(name, reading.face.id) == detail)
            if detail is not None and detail[0] == name and self.parts_wanted:
                self._outline_parts(name, place, detail[1])
        if len(self._names) > 1 or self._lost:
            self._name_cells(named)

    def _detail(self) -> Who | None:
        faces = {
            (name, reading.face.id): reading
            for name, result in self._shown.items()
            for reading in result.readings
        }
        if self._who in faces:
            return self._who
        first = largest(faces.values())
        return next((face for face, reading in faces.items() if reading is first), None)

    def _paste(self) -> None:
        if not self._places:
            return
        pictures = {name: self._picture(name) for name in self._places}
        if len(self._names) == 1:
            (place,), (whole,) = self._places.values(), pictures.values()
            corner = place.left, place.top
        else:
            corner = 0, 0
            whole = Image.new(
                "RGB", (max(self.winfo_width(), 1), max(self.winfo_height(), 1)), BACK
            )
            for name, picture in pictures.items():
                whole.paste(picture, self._places[name][:2])
        if self._photo is None or (self._photo.width(), self._photo.height()) != whole.size:
            self._photo = ImageTk.PhotoImage("RGB", whole.size, master=self)
            self.itemconfigure(self._item, image=self._photo)
        self._photo.paste(whole)
        self.coords(self._item, *corner)

    def _picture(self, name: str) -> Image.Image:
        place = self._places[name]
        picture = self._scaled(self._shown[name].frame, place.width, place.height)
        return ImageEnhance.Brightness(picture).enhance(_LOST) if name in self._lost else picture

    def _box(self, reading: Reading, place: Place, *, chosen: bool) -> None:
        colour = colour_of(reading.label, reading.labels)
        left, top, right, bottom = place.corners(reading.face.box)
        width = 3 if chosen else 2
        self.create_rectangle(left, top, right, bottom, outline=colour, width=width, tags=_DRAWN)
        ratio = "" if reading.label == UNCERTAIN else f" {reading.confidence:.0%}"
        text = self._say(left + 7, top - 4, f"{reading.label}{ratio}", "#0c0c10", "sw")
        x_0, y_0, x_1, y_1 = self.bbox(text)
        if y_0 < place.top:  # it would leave the picture
            self.move(text, 0, top - y_0 + 2)
            x_0, y_0, x_1, y_1 = self.bbox(text)
        tab = (x_0 - 7, y_0 - 2, x_1 + 7, y_1 + 3)
        self.create_rectangle(*tab, fill=colour, outline=colour, tags=_DRAWN)
        self.tag_raise(text)

    def _outline_parts(self, name: str, place: Place, identity: int | None) -> None:
        shown = self._shown[name]
        for reading in shown.readings:
            if reading.face.id != identity or reading.parts is None:
                continue
            for part, points in outlines(reading.face, shown.frame.pixel_aspect).items():
                spots = [place.point(x, y) for x, y in points.tolist()]
                colour = colour_of(reading.parts.of[part].expression, reading.labels)
                self.create_polygon(spots, outline=colour, fill="", width=2, tags=_DRAWN)

    def _name_cells(self, named: Mapping[str, Cell]) -> None:
        for name, cell in named.items():
            short = name.rpartition("/")[2] or name
            place = self._places.get(name) or cell
            text = self._say(place.left + 10, place.top + 8, short, TEXT, "nw")
            left, top, right, bottom = self.bbox(text)
            tab = left - 5, top - 2, right + 5, bottom + 2
            self.create_rectangle(*tab, fill=BACK, outline="", tags=_DRAWN)
            self.tag_raise(text)
            if name in self._lost:
                middle = cell.left + cell.width / 2, cell.top + cell.height / 2
                self._say(*middle, self._lost[name], TEXT, "center")

    def _say(
        self,
        x: float,
        y: float,
        text: str,
        colour: str,
        anchor: Literal["nw", "sw", "center"],
    ) -> int:
        return self.create_text(
            x,
            y,
            text=text,
            fill=colour,
            anchor=anchor,
            font="FerStrong",
            justify="center",
            tags=_DRAWN,
        )

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        for name, place in self._places.items():
            found = under(self._shown[name].readings, place, event.x, event.y)
            if found is not None:
                self._chosen((name, found.face.id))
                return
        self._chosen(None)
