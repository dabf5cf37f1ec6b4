#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/protocols/emv/masked_octets.hpp"
#include "drivers/protocols/emv/tlv.hpp"

/// What `posbench card apdu` and `card serve` print: commands in octets, answers as data objects by name, a
/// line each, those in a template further to the right. Values are hexadecimal, characters between quotation
/// marks, or '*', one an octet (of a PAN one a digit).
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
    /// None when a value is not shown: "<31 bytes>".
    std::optional<emv::MaskedOctets> octets() const;

  private:
    struct Object {
        std::size_t indent = 0;
        emv::Tag tag = 0;
        std::optional<emv::MaskedOctets> value;  ///< none: it is in the objects under it
    };
    emv::MaskedOctets list(std::size_t& at, std::size_t indent, bool values_alone) const;

    std::vector<Object> objects_;
    bool hidden_ = false;
};

}  // namespace posbench::card
