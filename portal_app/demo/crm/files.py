"""The pictures and documents of the demo business: portraits for anybody, files for whoever has the token."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal_app.demo.crm.business.paper import INVOICES_WITH_FILES
from portal_app.demo.crm.context import crm_of
from portal_app.demo.crm.problems import check_token, refuse

_ART = Path(__file__).parent / "art"
PORTRAITS = ("dave", "priya", "lewis")
PHOTOS = ("boiler", "cylinder", "flue", "gauge", "pipes", "valve")
INVOICES = tuple(f"invoice-{number}" for number in INVOICES_WITH_FILES)
DOCUMENTS = {
    "gas-safety-record": ("Gas safety record", "All appliances were tested and are safe to use."),
    "boiler-manual": ("Boiler manual", "Pressure 1.0 to 1.5 bar when cold. Bleed radiators in autumn."),
    "valve-warranty": ("Valve warranty", "Two years on parts and labour from the day of fitting."),
    "legionella-log": ("Legionella log", "Outlets above 50 degrees within one minute. No action needed."),
}


def content(name: str) -> tuple[bytes, str] | None:
    """Give the bytes and MIME type of a file by its name, such as `boiler.png`; None for an unknown one."""
    stem, _, ending = name.partition(".")
    if ending == "png" and stem in (*PHOTOS, *PORTRAITS):
        return (_ART / name).read_bytes(), "image/png"
    if ending == "pdf" and stem in INVOICES:
        return _pdf(f"Invoice {stem.removeprefix('invoice-')}", "Made by the office's own program."), "application/pdf"
    if ending == "pdf" and stem in DOCUMENTS:
        return _pdf(*DOCUMENTS[stem]), "application/pdf"
    return None


def size(name: str) -> int:
    """Give a file's size in bytes; raise KeyError for an unknown one."""
    found = content(name)
    if found is None:
        raise KeyError(name)
    return len(found[0])


async def portrait(request: Request) -> Response:
    """Serve a technician's portrait, which is public."""
    stem = request.path_params["name"].removesuffix(".png")
    if stem not in PORTRAITS:
        refuse(404, "There is no such portrait.")
    return _file(f"{stem}.png")


async def document(request: Request) -> Response:
    """Serve a photo or document of a customer, to whoever has the token."""
    check_token(request, crm_of(request).token)
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    found = content(name)
    if found is None:
        refuse(404, "There is no such file.")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    return Response(found[0], media_type=found[1], headers=headers)


def _pdf(title: str, sentence: str) -> bytes:
    """Write a one-page A4 PDF by hand (PDF 1.4, §7.5: header, objects, cross-reference table, trailer)."""
    drawn = f"BT /F1 22 Tf 64 760 Td ({title}) Tj /F1 12 Tf 0 -36 Td ({sentence}) Tj ET"
    drawn += " BT /F1 10 Tf 64 64 Td (Hartley Heating & Plumbing Ltd, 3 Kiln Yard, Bath) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    text, starts = "%PDF-1.4\n", []
    for number, inside in enumerate(objects, 1):
        starts.append(len(text))
        text += f"{number} 0 obj\n{inside}\nendobj\n"
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n"
    return (text + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}" + end).encode("ascii")


ROUTES = [Route("/people/{name}", portrait), Route("/files/{name}", document)]
