"""docker-compose.yml, Dockerfile and .env.example: valid, safe to try, and speaking of things that exist."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nurture.cli import build
from nurture.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
TEXT = COMPOSE.read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = YAML(typ="safe", pure=True).load(TEXT)
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SEARCH_ATTRIBUTES = {
    "Sequence": "Keyword", "Step": "Keyword", "Stage": "Keyword", "Owner": "Keyword", "BlockedBy": "Keyword",
    "Score": "Int", "NextTouchAt": "Datetime",
}  # fmt: skip
# Read by compose itself, not by Nurture.
FOR_COMPOSE = {"NURTURE_VERSION", "NURTURE_WORKERS", "NURTURE_DB_PASSWORD"}


def settings_variables() -> set[str]:
    return {f"NURTURE_{name.upper()}" for name in Settings.model_fields}


def test_the_compose_file_is_valid():
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_compose_file_has_every_part_of_a_deployment():
    parts = {
        "postgres",
        "temporal",
        "temporal-schema",
        "temporal-namespace",
        "temporal-ui",
        "mail",
        "migrate",
        "worker",
        "web",
    }

    assert set(SERVICES) == parts
    assert SERVICES["worker"]["deploy"]["replicas"] == "${NURTURE_WORKERS:-2}"


@pytest.mark.parametrize("file", ["docker-compose.yml", "Dockerfile", ".env.example"])
def test_every_nurture_variable_is_a_setting(file):
    named = set(re.findall(r"\bNURTURE_[A-Z_]+", (ROOT / file).read_text(encoding="utf-8")))

    assert named - settings_variables() - FOR_COMPOSE == set()


def test_nothing_must_be_set_to_try_it():
    assert re.findall(r"\$\{\w+(?::?\?[^}]*)?\}", TEXT) == []


def test_the_settings_of_compose_are_settings_nurture_accepts(monkeypatch):
    for name, value in SERVICES["web"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))

    settings = Settings()

    assert settings.database_url == "postgresql+asyncpg://nurture:nurture@postgres:5432/nurture"
    assert settings.smtp_tls in ("starttls", "tls", "none")
    assert len(settings.secret.get_secret_value()) >= 16


def test_every_port_is_bound_to_loopback():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_may_do_more_than_it_needs(name):
    service = SERVICES[name]

    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert not service.get("privileged")
    assert name == "postgres" or "cap_add" not in service


@pytest.mark.parametrize("name", OURS)
def test_our_containers_cannot_write_their_image(name):
    assert OURS[name]["read_only"] is True


def test_only_what_must_reaches_the_database_network_alone():
    assert DOCUMENT["networks"]["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["postgres"]


def test_nobody_starts_before_what_it_stands_on_is_ready():
    conditions = {
        (name, on): needed["condition"]
        for name, service in SERVICES.items()
        for on, needed in service.get("depends_on", {}).items()
    }
    healthy = {on for (_, on), condition in conditions.items() if condition == "service_healthy"}

    assert set(conditions.values()) == {"service_healthy", "service_completed_successfully"}
    assert [on for on in healthy if "healthcheck" not in SERVICES[on]] == []
    assert {on for name, on in conditions if name in ("worker", "web")} == {"migrate", "temporal-namespace", "mail"}


@pytest.mark.parametrize("name", ["postgres", "temporal", "mail", "worker", "web"])
def test_what_keeps_running_says_whether_it_is_well(name):
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)


def test_the_search_attributes_are_registered_with_their_types():
    (script,) = SERVICES["temporal-namespace"]["command"]

    assert dict(re.findall(r"^attribute (\w+) (\w+)$", script, flags=re.MULTILINE)) == SEARCH_ATTRIBUTES


def test_the_commands_of_our_containers_exist():
    assert SERVICES["web"]["command"] == ["nurture", "web"]
    assert "web" in {command.name for command in build().registered_commands}
    assert SERVICES["worker"]["command"] == ["python", "worker.py"]
    assert (ROOT / "worker.py").is_file()


def test_the_migration_step_imports_what_exists():
    python, flag, script = SERVICES["migrate"]["command"]

    assert (python, flag) == ("python", "-c")
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def test_the_health_check_asks_a_page_that_exists():
    asked = re.search(r"8080(/\w+)", SERVICES["web"]["healthcheck"]["test"][-1])
    pages = (ROOT / "nurture" / "web" / "health.py").read_text(encoding="utf-8")

    assert asked is not None
    assert f'"{asked[1]}"' in pages


def test_the_image_runs_as_nobody_special_and_holds_no_secret():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[-2] for line in lines if line.startswith("COPY") and "--from" not in line]

    assert [line for line in lines if line.startswith("USER")] == ["USER nurture:nurture"]
    assert "." not in copied
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1] == "*"
    assert not [
        line for line in lines if line.startswith(("ENV", "ARG")) and re.search("SECRET|KEY|PASSWORD|TOKEN", line)
    ]


def test_the_example_environment_holds_no_secret():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    values = [
        re.sub(r"\s+#.*", "", line.lstrip("# ")).partition("=") for line in lines if re.match(r"# [A-Z_]+=", line)
    ]

    assert values
    assert [name for name, _, value in values if value and re.search("SECRET|KEY|PASSWORD|TOKEN", name)] == []
