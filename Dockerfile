# The service and the shipped bundle, without TensorFlow:
#   docker build -t churn-service . && docker run --read-only -p 8000:8000 churn-service
# Another bundle is mounted and named; every option of churn-serve can follow the image's name:
#   docker run --read-only -p 8000:8000 -v "$PWD/artifacts/mine:/bundle:ro" churn-service /bundle --max-records 1000
# For others to call, with the keys of a folder (docs/operate.md, Who may call): -v "$PWD/keys:/keys:ro"
#   -e CHURN_KEYS=/keys/keys.json --user "$(id -u)"
# With lists of customers on the page (PyArrow, and Swagger UI at /docs): --build-arg LOCK=console
# From another Python, or from the same bytes each time: --build-arg BASE_IMAGE=python:3.11-slim@sha256:...
ARG BASE_IMAGE=python:3.11-slim
ARG LOCK=service
ARG PORT=8000
ARG USER_ID=10001
ARG FRAMED_BY=

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# The environment has no pip of its own; the image's pip fills it. What only builds stays outside it.
ARG LOCK
COPY requirements/ requirements/
RUN python -m venv --without-pip /app/venv \
    && pip install --require-hashes --only-binary :all: -r requirements/build.txt \
    && pip --python /app/venv/bin/python install --no-compile \
        --require-hashes --only-binary :all: -r requirements/${LOCK}.txt

# What serving never needs: accelerators, ahead-of-time compilers and tools of LiteRT, tests, headers, stubs, C sources.
# Of PyArrow also Flight, S3 (which it imports if it is there), and copies of libraries under names for linkers alone.
RUN cd /app/venv/lib/python3*/site-packages \
    && rm -rf ai_edge_litert/aot ai_edge_litert/tools ai_edge_litert/vendors \
        ai_edge_litert/libLiteRt.* ai_edge_litert/libLiteRtWebGpuAccelerator.* \
        numpy/f2py numpy/_core/include numpy/_core/lib \
        pyarrow/include pyarrow/includes pyarrow/src pyarrow/*.pxi pyarrow/tests pyarrow/_pyarrow_cpp_tests.* \
        pyarrow/_flight.* pyarrow/libarrow_flight.* pyarrow/libarrow_python_flight.* \
        pyarrow/_s3fs.* pyarrow/libarrow_s3.* pyarrow/libarrow_python*.so pyarrow/libarrow_python*.so.*.*.* \
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

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="churn-service" \
      org.opencontainers.image.description="Answers POST /predict with the probability that a customer leaves" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true

ARG PORT
ARG USER_ID
ARG FRAMED_BY
# What has IMAGE in its name gives way to what a platform says (docs/platforms.md), and to CHURN_BUNDLE and CHURN_PORT.
ENV PATH=/app/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CHURN_IMAGE_BUNDLE=/app/artifacts/telco CHURN_IMAGE_PORT=${PORT} CHURN_HOST=0.0.0.0 CHURN_FRAMED_BY=${FRAMED_BY}
# A container listens on all addresses, and this lets the image be tried without keys. Give CHURN_KEYS, and it asks for
# one all the same; set CHURN_INSECURE=off to have it refuse to start without.
ENV CHURN_INSECURE=on
RUN pip uninstall --yes --quiet --root-user-action=ignore setuptools pip \
    && groupadd --gid ${USER_ID} churn \
    && useradd --uid ${USER_ID} --gid churn --no-create-home --shell /usr/sbin/nologin churn
WORKDIR /app
COPY --from=build /app/venv venv/
COPY artifacts/telco/ artifacts/telco/

USER ${USER_ID}:${USER_ID}
EXPOSE ${PORT}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-m", "service.platforms.healthy"]
ENTRYPOINT ["churn-serve"]
