#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/config/reader.hpp"
#include "drivers/card/emulated/as_is.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// `tags`, `fci` or `objects` of an application: data objects laid over those that the card has. Keys are
/// tags ("9F0D") or names of the dictionary, values hexadecimal; an empty value takes the object off the
/// card.
class ObjectTable {
  public:
    struct Entry {
        std::string key;  ///< as the image writes it
        emv::Tag tag;
        Bytes value;
        bool removes, was_there;
    };

    /// Lays the table at `key` of `application` over `data`.
    /// @throws config::ConfigError for a tag that is none, one object under two keys, and a value of another
    ///     form than its object's
    ObjectTable(config::Reader& application, std::string_view key, const AsIs& as_is, emv::TlvMap& data);

    /// Refuses to take off what is not there.
    void check_removals() const;
    /// The same, and values that the card never shows. Checked are the entries that stand in `own`, or all
    /// without it.
    /// @param later objects that the card gets behind this table
    void check_shown(std::span<const emv::Tag> shown, std::span<const emv::Tag> later,
                     const config::Table* own) const;
    /// Refuses a list, also one in a template, other than the `own` one that the card itself goes by, which
    /// `own_key` writes; empty: it has none.
    void check_list(emv::Tag tag, ByteView own, std::string_view own_key, const AsIs& as_is) const;
    /// Refuses the value of `tag` in this table unless `fault` is empty or `as_is` takes it.
    void check(emv::Tag tag, const AsIs& as_is, const std::string& fault) const;
    /// Refuses `tag` altogether.
    void refuse(emv::Tag tag, const std::string& message) const;

    const std::vector<emv::Tag>& taken_off() const noexcept { return taken_off_; }

  private:
    std::optional<config::Reader> reader_;  ///< of the table
    std::vector<Entry> entries_;
    std::vector<emv::Tag> taken_off_;
};

}  // namespace posbench::card
