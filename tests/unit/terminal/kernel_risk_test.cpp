// Terminal risk management and action analysis (EMV book 3 clauses 10.6 to 10.8, book 4 clauses 6.3.5 to
// 6.3.7) of terminals that can approve offline.

#include <fmt/format.h>

#include "drivers/protocols/crypto/rsa.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/kernel_rig.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

/// A terminal of this type with one application; its keys are given.
std::string profile_of(std::string_view type, std::string_view keys = "floor_limit = '100.00'") {
    return fmt::format("terminal_type = '{}'\n[[application]]\naid = 'A000000333010102'\n{}\n", type, keys);
}

/// A card that authenticates, approves offline and verifies nobody.
constexpr std::string_view willing =
    "[application.credit]\nonline_required = false\ncvm_list = '0000000000000000 1F00'\n";
constexpr std::string_view signing_card = "unionpay-credit-cda";

std::string with(std::string_view keys) {
    return std::string(willing) + std::string(keys);
}

/// Octet 4 of the TVR.
std::string risk_bits(const KernelRig& rig) {
    return rig.tvr().substr(6, 2);
}

}  // namespace

TEST_CASE("a terminal that can approve offline does, and the card's TC is the approval") {
    for (const std::string_view type : {"22", "23", "25", "26", "35", "36"}) {
        INFO(type);
        KernelRig rig(std::string(signing_card), willing, profile_of(type));
        CHECK(reason(rig.run()).empty());
        CHECK(rig.detail("action_analysis") == "TC");
        CHECK(rig.detail("first_ac") == "TC");
        CHECK(rig.kernel().decision() == Decision::approved);
        CHECK(rig.object(0x9F27) == "40");
        CHECK(rig.object(0x8A) == "5931");  // Y1
        CHECK(rig.tvr() == "0000000000");
        CHECK(rig.count_commands("GENERATE AC") == 1);
    }
    for (const std::string_view type : {"21", "24", "34"}) {
        INFO(type);
        KernelRig rig(std::string(signing_card), willing, profile_of(type));
        CHECK(reason(rig.run()).empty());
        CHECK(rig.detail("action_analysis") == "ARQC");
        CHECK(rig.kernel().decision() == Decision::online);
        CHECK(rig.object(0x8A).empty());
    }
}

TEST_CASE("floor limit: from the limit on the host is asked; an offline-only terminal declines") {
    KernelRig below(std::string(signing_card), willing, profile_of("22"));
    CHECK(reason(below.run(9999)).empty());
    CHECK(risk_bits(below) == "00");
    KernelRig at(std::string(signing_card), willing, profile_of("22"));
    CHECK(reason(at.run(10000)).empty());
    CHECK(risk_bits(at) == "80");
    CHECK(at.kernel().decision() == Decision::online);

    KernelRig offline(std::string(signing_card), willing, profile_of("23"));
    CHECK(reason(offline.run(10000)) == "offline_decline");
    CHECK(offline.detail("action_analysis") == "AAC");
    CHECK(offline.kernel().decision() == Decision::declined);

    KernelRig careless(std::string(signing_card), willing,
                       "defects = ['approves-above-floor-limit']\n" + profile_of("22"));
    CHECK(reason(careless.run(10000)).empty());
    CHECK(careless.kernel().decision() == Decision::approved);
}

TEST_CASE("floor limit: what the log has of the same card counts") {
    KernelRig rig(std::string(signing_card), willing, profile_of("22"));
    std::string asked;
    rig.log = [&asked](std::string_view pan, std::string_view psn) {
        asked = fmt::format("{}-{}", pan, psn);
        return Amount(9000, cny);
    };
    CHECK(reason(rig.run(999)).empty());
    CHECK(risk_bits(rig) == "00");
    CHECK(asked == "6210948000000011-01");
    CHECK(reason(rig.run(1000)).empty());
    CHECK(risk_bits(rig) == "80");
}

TEST_CASE("the floor limit of an application, in 9F1B and the check, goes before that of the terminal") {
    const std::string own = "floor_limit = '5.00'\n" + profile_of("22", "floor_limit = '20.00'");
    KernelRig rig(std::string(signing_card),
                  with("cdol1 = '9F02069F03069F1A0295055F2A029A039C019F37049F1B04'"), own);
    CHECK(reason(rig.run(1999)).empty());
    CHECK(risk_bits(rig) == "00");
    bool given = false;
    for (const trace::Event* event : rig.all(trace::Kind::card_apdu))
        if (event->text("command") == "GENERATE AC") given = event->text("data").ends_with("000007D0");
    CHECK(given);

    KernelRig inherited(std::string(signing_card), willing, "floor_limit = '5.00'\n" + profile_of("22", ""));
    CHECK(reason(inherited.run(500)).empty());
    CHECK(risk_bits(inherited) == "80");
}

TEST_CASE("random selection: the share rises from the threshold to the floor limit (10.6.2)") {
    const auto share = [](std::string_view keys, std::int64_t minor) {
        int chosen = 0;
        KernelRig rig(std::string(signing_card), willing, profile_of("22", keys));
        for (int i = 0; i < 200; ++i) {
            REQUIRE(reason(rig.run(minor)).empty());
            if (risk_bits(rig) == "10") ++chosen;
        }
        return chosen;
    };
    constexpr std::string_view biased =
        "floor_limit = '100.00'\nthreshold = '50.00'\ntarget_percentage = 20\nmax_target_percentage = 80";
    const int low = share(biased, 100), middle = share(biased, 7500), high = share(biased, 9999);
    CHECK(low > 20);
    CHECK(low < 60);
    CHECK(middle > 70);
    CHECK(middle < 130);
    CHECK(high > 130);
    CHECK(high < 190);
    CHECK(share("floor_limit = '100.00'\ntarget_percentage = 0", 100) == 0);
    CHECK(share("floor_limit = '100.00'\nthreshold = '100.00'\ntarget_percentage = 99", 100) == 200);

    // The same seed, the same choice; and a terminal without a host or without offline approvals draws none.
    KernelRig once(std::string(signing_card), willing, profile_of("22", biased), 5);
    KernelRig again(std::string(signing_card), willing, profile_of("22", biased), 5);
    once.run(7500);
    again.run(7500);
    CHECK(once.tvr() == again.tvr());
    for (const std::string_view type : {"21", "23"}) {
        KernelRig rig(
            std::string(signing_card), willing,
            profile_of(type, "floor_limit = '100.00'\nthreshold = '100.00'\ntarget_percentage = 99"));
        CHECK(reason(rig.run(100)).empty());
        CHECK(risk_bits(rig) == "00");
    }
}

TEST_CASE("velocity checking: the card's counters against its limits (10.6.3)") {
    constexpr std::string_view limits = "fci = { '9F14' = '02', '9F23' = '04' }\n";
    KernelRig rig(std::string(signing_card), with(limits), profile_of("22"));
    // New: the last online ATC is zero.
    std::vector<std::string> bits;
    for (int i = 0; i < 6; ++i) {
        REQUIRE(reason(rig.run()).empty());
        bits.push_back(rig.tvr().substr(2, 2) + "-" + risk_bits(rig));
    }
    CHECK(bits == std::vector<std::string>{"08-00", "08-00", "08-40", "08-40", "08-60", "08-60"});
    CHECK(rig.count_commands("GET DATA") == 12);

    KernelRig without(std::string(signing_card), willing, profile_of("22"));
    CHECK(reason(without.run()).empty());
    CHECK(without.count_commands("GET DATA") == 0);

    KernelRig silent(
        std::string(signing_card),
        "fault = [{ on = 'GET DATA', do = 'status', sw = '6A88', every = true }]\n" + with(limits),
        profile_of("22"));
    CHECK(reason(silent.run()).empty());
    CHECK(risk_bits(silent) == "60");
    CHECK(silent.tvr().substr(2, 2) == "00");
    CHECK(silent.kernel().decision() == Decision::online);
}

TEST_CASE("exception file: a card in it is told in the TVR, whatever its profile says") {
    KernelRig rig(std::string(signing_card), with("aip = '3501'"),
                  "exception_file = ['6210948000000029', '6210948000000011']\n" + profile_of("22"));
    rig.run();
    CHECK(rig.tvr().substr(0, 2) == "10");
    CHECK(risk_bits(rig) == "00");

    KernelRig other(std::string(signing_card), willing,
                    "exception_file = ['6210948000000029']\n" + profile_of("22"));
    CHECK(reason(other.run()).empty());
    CHECK(other.tvr().substr(0, 2) == "00");
}

TEST_CASE("action codes: denial, online and default of terminal and issuer, each for itself") {
    // With the amount at the floor limit the TVR is 0000008000.
    const std::string none = "0000000000", floor = "0000008000";
    for (const auto& [key, object, outcome] :
         {std::tuple{"tac_denial", "iac_denial", "AAC"}, {"tac_online", "iac_online", "ARQC"}}) {
        for (const bool by_terminal : {true, false}) {
            INFO(key << (by_terminal ? " of the terminal" : " of the issuer"));
            std::string keys = "floor_limit = '10.00'\n";
            for (const std::string_view each : {"tac_denial", "tac_online", "tac_default"})
                keys += fmt::format("{} = '{}'\n", each, by_terminal && each == key ? floor : none);
            std::string card;
            for (const std::string_view each : {"iac_denial", "iac_online", "iac_default"})
                card += fmt::format("{} = '{}'\n", each, !by_terminal && each == object ? floor : none);
            KernelRig rig(std::string(signing_card), with(card), profile_of("22", keys));
            rig.run();
            CHECK(rig.detail("action_analysis") == outcome);
        }
    }
    // Codes that the issuer does not give are zeros for denial, ones for online and default.
    const std::string off = "tac_denial = '0000000000'\ntac_online = '0000000000'\nfloor_limit = '10.00'";
    KernelRig silent(std::string(signing_card), with("tags = { '9F0E' = '', '9F0F' = '', '9F0D' = '' }"),
                     profile_of("22", off));
    silent.run();
    CHECK(silent.detail("action_analysis") == "ARQC");
}

TEST_CASE("unable to go online: the action codes default decide, and the card has the last word") {
    constexpr std::string_view asks_host =
        "[application.credit]\nonline_required = true\ncvm_list = '0000000000000000 1F00'\n";
    KernelRig approved(std::string(signing_card), asks_host, profile_of("22"));
    CHECK(reason(approved.run()).empty());
    CHECK(approved.detail("first_ac") == "ARQC");
    CHECK(approved.kernel().decision() == Decision::online);
    CHECK(approved.object(0x8A).empty());
    CHECK(reason(approved.complete_without_host()).empty());
    CHECK(approved.kernel().decision() == Decision::approved);
    CHECK(approved.object(0x8A) == "5933");  // Y3
    CHECK(approved.object(0x9F27) == "40");
    CHECK(approved.detail("second_ac") == "TC");

    KernelRig denied(std::string(signing_card), asks_host,
                     profile_of("22", "floor_limit = '10.00'\ntac_default = '0000008000'"));
    CHECK(reason(denied.run()).empty());
    CHECK(reason(denied.complete_without_host()) == "offline_decline");
    CHECK(denied.kernel().decision() == Decision::declined);
    CHECK(denied.detail("second_ac") == "AAC");

    KernelRig online_only(std::string(signing_card), asks_host, profile_of("21"));
    CHECK(reason(online_only.run()).empty());
    CHECK(reason(online_only.complete_without_host()) == "offline_decline");

    // An offline-only terminal goes on by itself.
    KernelRig offline(std::string(signing_card), asks_host, profile_of("23"));
    CHECK(reason(offline.run()).empty());
    CHECK(offline.count_commands("GENERATE AC") == 2);
    CHECK(offline.kernel().decision() == Decision::approved);
    CHECK(offline.object(0x8A) == "5933");
}

TEST_CASE("CDA: a TC whose signature is wrong is declined and not asked for again (book 4, 6.3.2.1)") {
    constexpr std::string_view forged = "authentication.wrong = ['dynamic_signature']\n";
    KernelRig rig(std::string(signing_card), with(forged), profile_of("22"));
    CHECK(reason(rig.run()) == "offline_decline");
    CHECK(rig.kernel().decision() == Decision::declined);
    CHECK(rig.count_commands("GENERATE AC") == 1);

    KernelRig careless(std::string(signing_card), with(forged),
                       "defects = ['accepts-bad-signature']\n" + profile_of("22"));
    CHECK(reason(careless.run()).empty());
    CHECK(careless.kernel().decision() == Decision::approved);
}

TEST_CASE("the TC hash is made over the card's TDOL, or over the terminal's, which the TVR tells") {
    constexpr std::string_view list = "9F02069F03069F1A0295055F2A029A039C019F37049814";
    KernelRig own(std::string(signing_card),
                  with(fmt::format("cdol1 = '{}'\nfci = {{ '97' = '9F0206' }}", list)), profile_of("22"));
    CHECK(reason(own.run()).empty());
    CHECK(own.tvr() == "0000000000");

    KernelRig defaulted(std::string(signing_card), with(fmt::format("cdol1 = '{}'", list)),
                        profile_of("22", "floor_limit = '100.00'\ndefault_tdol = '9F0206'"));
    CHECK(reason(defaulted.run()).empty());
    CHECK(defaulted.tvr() == "0000000080");
}
