#pragma once

#include <string>

namespace posbench::scenario {

/// JSON Schema (2020-12) of scenario files, made from the verbs and the trace vocabulary, so that editors
/// (taplo, Even Better TOML) complete and check them while they are written. What only the drivers know (the
/// keys of a card image or a profile) is left open.
std::string json_schema();

}  // namespace posbench::scenario
