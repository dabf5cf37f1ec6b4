#pragma once

#include <cstdint>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/emulated/application.hpp"

/// What a card answers to SELECT of its directories (EMV book 1 clause 11.3, book B clause 3.3).
namespace posbench::card {

/// The file whose records hold the entries of the contact directory.
inline constexpr std::uint8_t directory_sfi = 1;

/// Names the file alone.
Bytes contact_directory_answer();
/// All entries at once, as the field lasts for one answer.
Bytes contactless_directory_answer(const std::vector<Application>& applications);

}  // namespace posbench::card
