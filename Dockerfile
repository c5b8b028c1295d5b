# The image of mlgate: the program, certificates, and nothing else: no shell, no package manager, no git.
#
#     docker build --tag mlgate .
#     docker run --rm --read-only --tmpfs /tmp --volume "$PWD:/work:ro" mlgate
#
# A release puts the program that is in its archives into the image: `release/image` replaces the stage `build` with a folder.
FROM docker.io/library/rust:1.95-bookworm AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN program="$(release/build)" \
    && release/sbom "$(rustc -vV | sed -n 's/^host: //p')" >/sbom.json \
    && release/rootfs "$program" /rootfs /sbom.json

FROM scratch
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mlgate" \
    org.opencontainers.image.description="The quality gate for machine learning: data, metric and bias checks of a change against a baseline" \
    org.opencontainers.image.source="https://github.com/mlgate/mlgate" \
    org.opencontainers.image.documentation="https://github.com/mlgate/mlgate/blob/main/docs/install.md" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["/usr/bin/mlgate"]
