"""Our pictures of codes, read by an independent reader: zbar, the library many scanners use."""

import ctypes
import ctypes.util
import re
from urllib.parse import unquote

import pytest
from PIL import Image

from payments.codes.br_code import write_br_code
from payments.codes.pictures import draw_code
from tests.payments.test_codes_br import DYNAMIC, STATIC, ZE

pytestmark = pytest.mark.scanner
PIXELS = 5


def scan(picture: Image.Image) -> list[str]:
    """Return what zbar finds in a grey picture."""
    zbar = ctypes.CDLL(ctypes.util.find_library("zbar"))
    for name in ("zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol"):
        getattr(zbar, name).restype = ctypes.c_void_p
    zbar.zbar_symbol_get_data.restype = ctypes.c_char_p
    zbar.zbar_symbol_next.restype = ctypes.c_void_p
    scanner = ctypes.c_void_p(zbar.zbar_image_scanner_create())
    image = ctypes.c_void_p(zbar.zbar_image_create())
    grey = picture.convert("L").tobytes()
    zbar.zbar_image_set_format(image, ctypes.c_ulong(int.from_bytes(b"Y800", "little")))
    zbar.zbar_image_set_size(image, picture.width, picture.height)
    zbar.zbar_image_set_data(image, grey, ctypes.c_ulong(len(grey)), None)
    zbar.zbar_scan_image(scanner, image)
    found = []
    symbol = zbar.zbar_image_first_symbol(image)
    while symbol:
        found.append(zbar.zbar_symbol_get_data(ctypes.c_void_p(symbol)).decode())
        symbol = zbar.zbar_symbol_next(ctypes.c_void_p(symbol))
    zbar.zbar_image_destroy(image)
    zbar.zbar_image_scanner_destroy(scanner)
    return found


def rendered(source: str) -> Image.Image:
    """Paint the lines of our picture as a browser does: each is one module high."""
    picture = unquote(source.partition(",")[2])
    box = re.search(r"viewBox='0 0 (\d+) (\d+)'", picture)
    path = re.findall(r" d='(M4 [^']+)'", picture)[-1]
    assert box is not None
    image = Image.new("L", (int(box[1]), int(box[2])), 255)
    across, down = 0, 0.0
    for verb, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path):
        values = [float(each) for each in numbers.replace("-", " -").split()]
        if verb == "h":
            for step in range(int(values[0])):
                image.putpixel((across + step, int(down)), 0)
            across += int(values[0])
        else:
            across = int(values[0]) + (across if verb == "m" else 0)
            down = values[1] + (down if verb == "m" else 0)
    return image.resize((image.width * PIXELS, image.height * PIXELS))


@pytest.mark.parametrize("text", [STATIC, DYNAMIC, write_br_code(ZE)])
def test_a_stranger_reads_what_we_drew(text: str) -> None:
    assert scan(rendered(draw_code(text))) == [text]
