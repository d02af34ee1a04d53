# Stages, in the order in which they build on each other:
#   toolchain  compiler and libraries, all from Debian 13's binary packages
#   build      the static binary
#   binary     a scratch image with just that file (the published image)
#   licences   the licence texts of what is linked into it
#
# Works with BuildKit and with the classic builder. If no registry can be reached, scripts/images makes a base image from
# the distribution's packages and passes its name as BASE_IMAGE.
ARG BASE_IMAGE=debian:trixie-slim

FROM ${BASE_IMAGE} AS toolchain
COPY scripts/lib/apt-install /usr/local/bin/
# postgresql-server-dev-17 contains psql's scanner. Its dependencies take 700 MB and are not needed.
RUN apt-install \
      g++-14 g++ make cmake ninja-build pkgconf binutils ccache \
      libpqxx-dev libpq-dev libboost-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev libssl-dev \
      zlib1g-dev libzstd-dev catch2 scdoc ca-certificates \
 && apt-install --unpack /opt/server-dev postgresql-server-dev-17 \
 && rm -rf /var/lib/apt/lists/*

FROM toolchain AS build
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY entrypoint entrypoint
ARG VERSION=
ARG COMMIT=
RUN cmake --preset release-static -DPGE_VERSION_SUFFIX="${VERSION}" -DPGE_COMMIT="${COMMIT}" \
 && cmake --build --preset release-static --target pg-entrypoint \
 && strip --strip-all -o /pg-entrypoint build/release-static/entrypoint/pg-entrypoint

FROM scratch AS binary
COPY --from=build /pg-entrypoint /pg-entrypoint
ENTRYPOINT ["/pg-entrypoint"]

# For anyone who distributes the binary: docker build --target licences -o licences .
FROM build AS collected
COPY LICENSE THIRD_PARTY_LICENSES.md /licences/
RUN for package in libpq-dev libpqxx-dev libboost1.83-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev \
      libssl-dev libc6-dev libstdc++-14-dev; do gzip -9c "/usr/share/doc/$package/copyright" > "/licences/$package.gz" || exit 1; done

FROM scratch AS licences
COPY --from=collected /licences /
