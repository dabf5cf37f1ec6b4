#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/station/station.hpp"

namespace posbench::station {

/// The test keys of fixtures/keys: "@file.name" in a fixture stands for entry `name` of keys/file.toml, so
/// that a key which two sides share is written once.
class KeyRing {
  public:
    explicit KeyRing(const Library& library) : library_(library) {}

    /// Replaces every reference in the tree. @throws config::ConfigError naming the nearest file or entry
    void resolve(config::Value& value);

  private:
    const config::Value& find(std::string_view reference, const config::Source& source);
    const config::Value& file(const std::string& name, const config::Source& source);

    const Library& library_;
    std::map<std::string, config::Value> files_;
};

}  // namespace posbench::station
