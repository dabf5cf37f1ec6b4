#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/protocols/emv/masked_octets.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What `posbench card apdu` and `card serve` print: commands in octets, answers as data objects by name, a
/// line each, those in a template further to the right. Values are hexadecimal, perhaps with the same as
/// characters behind it; characters between quotation marks, with their code behind them where that is not
/// ASCII; or '*', one an octet (of a PAN one a digit).
namespace posbench::card {

/// "> READ RECORD record 1 of SFI 1  00B2010C 00": header, Lc and data, without Le. None for any other line.
std::optional<emv::MaskedOctets> read_explained_command(std::string_view line);

/// "< 9000 success"; none for any other line.
std::optional<emv::MaskedOctets> read_explained_status(std::string_view line);

/// The data objects of an answer, line by line.
class ExplainedAnswer {
  public:
    /// False when the line is none of an answer's.
    bool take(std::string_view line);
    /// The object since the last call of which the value has no form that is known; octets() are without it.
    std::optional<emv::Tag> take_unread() { return std::exchange(unread_, std::nullopt); }
    /// None when a value is not shown: "<31 bytes>".
    std::optional<emv::MaskedOctets> octets() const;

  private:
    struct Object {
        std::size_t indent = 0;
        emv::Tag tag = 0;
        std::optional<emv::MaskedOctets> value;  ///< none: it is in the objects under it
        bool unread = false;                     ///< the value has no form that is known
    };
    void take_alone(std::string_view text);
    emv::MaskedOctets list(std::size_t& at, std::size_t indent, bool values_alone) const;

    std::vector<Object> objects_;
    std::vector<std::size_t> open_;  ///< indices of the last object and those it is under
    std::optional<emv::MaskedOctets> raw_;
    std::optional<emv::Tag> unread_;
    bool hidden_ = false;
    bool over_ = false;  ///< what comes now says something of the answer
};

}  // namespace posbench::card
