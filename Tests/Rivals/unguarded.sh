#!/bin/sh
# A daemon as a rival of `grounded bench pipeline`: PROGRAM --bootstrap B --postgres P --reports N.
exec "$1" bench worker --set "kafka.bootstrap.servers=$3" --set "postgres.uri=$5"
