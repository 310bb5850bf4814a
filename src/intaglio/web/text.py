"""`Page`: a page of this folder with its English, all of which stands in `words.json`, and with its style in it.

A page that comes in one piece is painted after one answer. Its style is inline, so the policy names its digest; scripts are
asked for only after the first paint (`start.js`).
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Self

_STYLES = (("intaglio.pages", "page.css"), ("intaglio.web", "static/web.css"))


@dataclass(frozen=True)
class Page:
    """A page, and which of its own style the policy is to allow."""

    text: str
    style_source: str
    """For `style-src`: the digest of the style in the page."""

    @classmethod
    def filled(cls, name: str, *, assets: str, viewer: bool, megapixels: int) -> Self:
        """A file of `static` with every `$word` replaced.

        Args:
            name: of the file.
            assets: where the files of the page are served.
            viewer: whether the viewer with deep zoom is among them.
            megapixels: that a picture may have.

        Raises:
            KeyError: a word that `words.json` has not.

        """
        folder = files("intaglio.web").joinpath("static")
        words: dict[str, str] = json.loads(folder.joinpath("words.json").read_text("utf-8"))
        # Known before the page is, so that nothing moves when it is told.
        words["drop_more"] = words["drop_more"].replace("{mpx}", f"{megapixels}")
        look = "".join(files(package).joinpath(path).read_text("utf-8") for package, path in _STYLES)
        facts = json.dumps({"words": words, "viewer": viewer}).replace("<", "\\u003c")
        places = {"look": look, "assets": assets, "facts": facts}
        text = Template(folder.joinpath(name).read_text("utf-8"))
        digest = base64.b64encode(hashlib.sha256(look.encode()).digest()).decode()
        return cls(text.substitute({key: escape(word) for key, word in words.items()} | places), f"'sha256-{digest}'")
