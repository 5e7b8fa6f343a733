"""文书 documents: renderings of frozen content as .docx, one file a kind; `gbt` is the shared layout."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def download(content: bytes, name: str) -> HttpResponse:
    """The document as an answer that the browser saves under `name`."""
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(content, content_type=DOCX_TYPE, headers=headers)
