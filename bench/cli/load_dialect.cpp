#include "bench/cli/load_dialect.hpp"

#include "bench/station/station.hpp"
#include "drivers/protocols/iso8583/dialect_config.hpp"

namespace posbench::cli {

iso8583::Dialect load_dialect(const std::string& name) {
    iso8583::Dialect dialect = iso8583::read_dialect(
        station::load_one_fixture(station::find_library(), "hosts/dialects", name, station::Keys::by_name));
    if (dialect.name.empty()) dialect.name = name;
    return dialect;
}

}  // namespace posbench::cli
