"""Credits as an XMP packet, which holds any script; libvips writes EXIF texts in ASCII only."""

import html
import re
from collections.abc import Mapping

_PROPERTIES = {"description": ("description", "Alt"), "artist": ("creator", "Seq"), "copyright": ("rights", "Alt")}
_LARGEST = 1_000_000
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">{}</rdf:Description>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def write_packet(texts: Mapping[str, str]) -> bytes:
    """A packet of the texts "description", "artist" and "copyright", in UTF-8."""
    content = ""
    for name, text in texts.items():
        tag, kind = _PROPERTIES[name]
        language = ' xml:lang="x-default"' if kind == "Alt" else ""
        item = f"<rdf:li{language}>{html.escape(text, quote=False)}</rdf:li>"
        content += f"<dc:{tag}><rdf:{kind}>{item}</rdf:{kind}></dc:{tag}>"
    return _PACKET.format(content).encode()


def read_packet(packet: bytes) -> dict[str, str]:
    """The texts that a packet states, by name; of several languages or people, the first.

    No XML parser runs on what a stranger wrote: three known elements are looked for.
    """
    content = packet[:_LARGEST].decode(errors="replace")
    texts = {}
    for name, (tag, _) in _PROPERTIES.items():
        found = re.search(rf"<dc:{tag}>\s*<rdf:\w+>\s*<rdf:li[^<>]*>([^<]+)</rdf:li>", content)
        if found is not None and found[1].strip():
            texts[name] = html.unescape(found[1]).strip()
    return texts
