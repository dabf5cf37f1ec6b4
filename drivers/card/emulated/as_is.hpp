#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// A tag as an image writes it: its octets in hexadecimal, or its name in the dictionary.
/// @throws config::ConfigError at `key`, with the nearest name
emv::Tag read_tag(const config::Reader& reader, std::string_view key, std::string_view text);

/// `as_is` of a table of the image: what is taken as it stands although a rule of form refuses it, for a card
/// that is wrong on purpose. What the emulated card itself could not work with is refused all the same.
class AsIs {
  public:
    enum class Names {
        account,  ///< pan, effective, expiry
        objects,  ///< those, aip, cvm_list and cdol2, and any tag in hexadecimal or by name
    };
    /// @throws config::ConfigError for a word that is none of those
    static AsIs read(config::Reader& reader, Names names);

    /// What is wrong with `tag` is taken.
    bool takes(emv::Tag tag) const noexcept;
    /// Refuses `key`, which is or fills the data object `tag`, unless `fault` is empty or `as_is` names it.
    /// `key` may be the table or list in which the object is missing or wrong.
    void check(const config::Reader& reader, std::string_view key, emv::Tag tag,
               const std::string& fault) const;
    /// The words under which something was found wrong, when all has been checked.
    std::vector<std::string> needed() const;
    /// Refuses a word that took nothing, when all has been checked.
    void finish(const config::Reader& reader) const;

  private:
    struct Word {
        std::string text;  ///< as the image writes it
        emv::Tag tag;
        mutable bool needed = false;  ///< a check found something wrong there
    };
    std::vector<Word> words_;
};

}  // namespace posbench::card
