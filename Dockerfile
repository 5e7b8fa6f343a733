# Two stages: the second holds no compiler, no cache and no package index settings.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements/run.txt requirements/run.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    /venv/bin/pip install --require-hashes -r requirements/run.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app mingchuang \
    && install -d -o mingchuang -g mingchuang -m 0750 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# The image carries its static files; the key of this one command is thrown away.
RUN SECRET_KEY=only-to-collect-files DATA_DIR=/app/built python manage.py collectstatic --no-input -v 0 \
    && rm -rf /app/built/broker
ENV STATIC_ROOT=/app/built/static
USER mingchuang
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s CMD ["python", "-m", "config.probe"]
CMD ["gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2"]
