# Builds the service and puts it alone into a small image, run by a user without rights.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package support-network

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin support-network \
    && install --directory --owner support-network --mode 0700 /data
COPY --from=build /source/target/release/support-network /usr/local/bin/support-network
ENV SUPPORT_NETWORK_LISTEN=0.0.0.0:8080 \
    SUPPORT_NETWORK_DATA_DIR=/data
USER support-network
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["support-network", "health"]
ENTRYPOINT ["support-network"]
