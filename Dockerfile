# syntax=docker/dockerfile:1
# One image for web, worker and the migration step; what runs is the command.
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# constraints.txt pins what runs and what tests; uv picks what runs and checks the hashes of each file.
COPY constraints.txt pyproject.toml ./
RUN pin() { awk -v name="^$1==" '$0 ~ name { on = 1 } on { print } on && !/\\$/ { exit }' constraints.txt; } \
    && pin uv > /tmp/uv.txt \
    && pin setuptools > /tmp/setuptools.txt \
    && pip install --quiet --require-hashes -r /tmp/uv.txt \
    && python -m venv --without-pip /opt/nurture \
    && uv pip install --quiet --python /opt/nurture/bin/python --require-hashes -c constraints.txt -r pyproject.toml \
    && uv pip install --quiet --python /opt/nurture/bin/python --require-hashes -r /tmp/setuptools.txt

COPY nurture nurture
COPY workflows workflows
COPY activities activities
COPY worker.py ./
RUN uv pip install --quiet --python /opt/nurture/bin/python --no-deps --no-build-isolation --offline -e . \
    && python -m compileall -q nurture workflows activities worker.py


FROM python:3.11-slim-bookworm

ENV PATH=/opt/nurture/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 NURTURE_ROOT=/app
RUN groupadd --gid 10001 nurture && useradd --uid 10001 --gid nurture --no-create-home --shell /usr/sbin/nologin nurture

COPY --from=build /opt/nurture /opt/nurture
COPY --from=build /app /app
COPY sequences /app/sequences
COPY templates /app/templates
COPY policies /app/policies

WORKDIR /app
USER nurture:nurture
EXPOSE 8080 2525
CMD ["nurture", "web"]
