#pragma once

#include <map>
#include <string>
#include <string_view>

#include "bench/config/value.hpp"
#include "bench/station/station.hpp"

namespace posbench::station {

/// The test keys of fixtures/keys: "@file.name" in a fixture stands for entry `name` of keys/file.toml, so
/// that a key which two sides share is written once. "@./mine.toml.name", also with "../" or "/", stands for
/// an entry of a file of one's own (own_file.hpp).
class KeyRing {
  public:
    explicit KeyRing(const Library& library) : library_(library) {}

    /// Replaces every reference in the tree. @throws config::ConfigError naming the nearest file or entry
    void resolve(config::Value& value);

  private:
    const config::Value& find(std::string_view reference, const config::Source& source);
    struct Reference {
        std::string file;        ///< name in fixtures/keys, or a path
        std::string_view entry;  ///< dotted
    };
    struct KeyFile {
        std::string name;  ///< for messages
        config::Value entries;
    };
    static Reference split(std::string_view reference, const config::Source& source);
    const KeyFile& file(const std::string& name, const config::Source& source);

    const Library& library_;
    std::map<std::string, KeyFile> files_;  ///< by path
};

}  // namespace posbench::station
