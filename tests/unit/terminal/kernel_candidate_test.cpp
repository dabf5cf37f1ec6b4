// Which applications of a card the terminal takes, and in which order: one rule over contacts and field.

#include "drivers/terminal/emulated/kernel/candidate.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::terminal;

namespace {

AcceptedApplication accepted(std::string_view aid, bool partial) {
    AcceptedApplication application;
    application.aid = from_hex(aid).value();
    application.partial = partial;
    return application;
}

}  // namespace

TEST_CASE("candidates: a longer name is meant where partial selection is allowed, a shorter one never") {
    const Bytes own = from_hex("A000000333").value(), longer = from_hex("A000000333010101").value();
    CHECK(names(accepted("A000000333", true), longer));
    CHECK_FALSE(names(accepted("A000000333", false), longer));
    CHECK(names(accepted("A000000333", false), own));
    CHECK_FALSE(names(accepted("A000000333010101", true), own));
    CHECK_FALSE(make_candidate({accepted("A0", true)}, ByteView(own).first(4), {}));
    CHECK_FALSE(make_candidate({accepted("A000000333", true)}, Bytes(17, 0xA0), {}));
}

TEST_CASE("candidates: the highest priority first, without one behind all, of the same as listed") {
    const std::vector<AcceptedApplication> own{accepted("A000000333", true)};
    std::vector<Candidate> candidates;
    struct Listed {
        std::string_view aid;
        Bytes indicator;
    };
    for (const Listed& each : {Listed{"A00000033301", {}}, Listed{"A00000033302", {0x8F}},
                               Listed{"A00000033303", {0x02}}, Listed{"A00000033304", {0x82}},
                               Listed{"A00000033305", {0x01, 0x00}}, Listed{"A00000033306", {0x00}}})
        candidates.push_back(*make_candidate(own, from_hex(each.aid).value(), each.indicator));
    sort_by_priority(candidates);
    std::string order;
    for (const Candidate& candidate : candidates) {
        order += to_hex(ByteView(candidate.aid).last(1)) + (candidate.to_be_confirmed ? "! " : " ");
        CHECK(candidate.accepted == own.data());
    }
    CHECK(order == "03 04! 02! 01 05 06 ");
}

TEST_CASE("candidates: of the terminal's applications of that name the first that fits") {
    std::vector<AcceptedApplication> own{accepted("A000000333", true), accepted("A00000033301", true)};
    own.back().online_pin = false;
    const auto without_pin = [](const AcceptedApplication& application) { return !application.online_pin; };
    const Bytes aid = from_hex("A0000003330101").value();
    CHECK(make_candidate(own, aid, {})->accepted == own.data());
    CHECK(make_candidate(own, aid, {}, without_pin)->accepted == &own.back());
    own.back().online_pin = true;
    CHECK_FALSE(make_candidate(own, aid, {}, without_pin));
}
