#pragma once

#include <string>

#include "bench/config/reader.hpp"
#include "bench/config/value.hpp"
#include "drivers/card/emulated/application.hpp"

/// What an application of a card with both algorithms is for a terminal that knows SM2, SM3 and SM4 (PBOC 3.0
/// part 17): the terminal says so in DF69, which the PDOL asks for.
namespace posbench::card {

/// The table of that application: [application.NAME] with its sm table laid over it. Not inherited are
/// `authentication` where the sm table has its own, since a chain has one algorithm, and
/// `cryptogram_version`, which is 01-SM4. @throws config::ConfigError for a key that belongs to both
config::Value sm_table(const config::Value& application, const std::string& what);

/// @throws config::ConfigError unless the PDOL of `application` asks for DF69 with one octet
void require_sm_indicator(const config::Reader& reader, const Application& application);

}  // namespace posbench::card
