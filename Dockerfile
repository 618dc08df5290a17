# The service and the shipped bundle, without TensorFlow:
#   docker build -t churn-service . && docker run --read-only -p 8000:8000 churn-service
# Another bundle is mounted and named; every option of churn-serve can follow the image's name:
#   docker run --read-only -p 8000:8000 -v "$PWD/artifacts/mine:/bundle:ro" churn-service /bundle --max-records 1000
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# The environment has no pip of its own; the image's pip fills it. What only builds stays outside it.
COPY requirements/ requirements/
RUN python -m venv --without-pip /app/venv \
    && pip install --require-hashes --only-binary :all: -r requirements/build.txt \
    && pip --python /app/venv/bin/python install --no-compile \
        --require-hashes --only-binary :all: -r requirements/service.txt

# What serving never loads: accelerators, ahead-of-time compilers and tools of LiteRT, tests, headers, stubs, C sources.
RUN cd /app/venv/lib/python3*/site-packages \
    && rm -rf ai_edge_litert/aot ai_edge_litert/tools ai_edge_litert/vendors \
        ai_edge_litert/libLiteRt.* ai_edge_litert/libLiteRtWebGpuAccelerator.* \
        numpy/f2py numpy/_core/include numpy/_core/lib \
    && find . -type d \( -name tests -o -name testing \) -path './numpy/*' -prune -exec rm -rf {} + \
    && find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' \) -delete

COPY LICENSE README.md pyproject.toml ./
COPY churn/ churn/
COPY service/ service/
# Byte code is written here once, for the running container cannot write it and would compile at each start.
RUN pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && pip --python /app/venv/bin/python install --no-compile --no-deps --no-index /wheels/*.whl \
    && find /app/venv/bin -type f ! -name churn-serve -delete \
    && python -m compileall -q --invalidation-mode unchecked-hash /app/venv/lib

FROM python:${PYTHON_VERSION}-slim
LABEL org.opencontainers.image.title="churn-service" \
      org.opencontainers.image.description="Answers POST /predict with the probability that a customer leaves" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"

ENV PATH=/app/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CHURN_BUNDLE=/app/artifacts/telco CHURN_HOST=0.0.0.0 CHURN_PORT=8000
RUN pip uninstall --yes --quiet --root-user-action=ignore setuptools pip \
    && groupadd --gid 10001 churn \
    && useradd --uid 10001 --gid churn --no-create-home --shell /usr/sbin/nologin churn
WORKDIR /app
COPY --from=build /app/venv venv/
COPY artifacts/telco/ artifacts/telco/

USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"CHURN_PORT\"]}/health/ready', timeout=2)"]
ENTRYPOINT ["churn-serve"]
