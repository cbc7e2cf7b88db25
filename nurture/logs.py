"""Logs: one JSON object a line, with the workflow or activity it belongs to, and never a secret."""

from __future__ import annotations

import logging
import sys

import structlog
from temporalio import activity, workflow

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def speak_json(level: int = logging.INFO) -> None:
    """Send every log line of this process to stderr as JSON."""
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("twilio").setLevel(logging.WARNING)  # it logs requests with their headers at INFO
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd logs every command, addresses included
