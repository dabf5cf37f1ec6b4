#include <array>

#include "drivers/terminal/emulated/kernel/data_objects.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal;

TEST_CASE(
    "a card's object under a tag of the terminal's is never taken for it, also before the terminal has one") {
    DataObjects objects;
    const Bytes forged = hex("01020304");
    for (const emv::Tag own : {tag::authorisation_code, tag::issuer_authentication, tag::tc_hash,
                               tag::script_results, tag::tvr, tag::cvm_results, tag::floor_limit})
        objects.card.set(own, forged);
    objects.card.set(tag::atc, hex("0001"));
    constexpr std::array asked{tag::authorisation_code, tag::script_results, tag::tc_hash, tag::atc};
    CHECK(to_hex(objects.pick(asked)) == "9F36020001");
    CHECK(to_hex(objects.data_for(hex("910498049F3602")).value_or(Bytes())) ==
          "00000000"
          "00000000"
          "0001");
    objects.terminal.set(tag::script_results, hex("2000000000"));
    CHECK(to_hex(objects.find(tag::script_results)) == "2000000000");
}
