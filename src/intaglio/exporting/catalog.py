"""The formats that networks are exported in; a new one is its file and its line here."""

from intaglio.exporting.export_format import ExportFormat
from intaglio.exporting.onnx_format import ONNX
from intaglio.vocabulary.catalog import Catalog

EXPORT_FORMATS: Catalog[ExportFormat] = Catalog("export format", [(ONNX.name, ONNX)])
