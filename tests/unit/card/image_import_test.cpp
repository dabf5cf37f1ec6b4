#include "drivers/card/image_import.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "bench/runtime/random.hpp"
#include "drivers/card/log/test_account.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/import_logs.hpp"

using namespace posbench;
using namespace posbench::card;
using Catch::Matchers::ContainsSubstring;
using namespace posbench::test;

namespace {

std::string read_sample(const std::string& name) {
    std::ifstream file(std::filesystem::path(POSBENCH_SOURCE_DIR) / "tests/unit/card/logs" / name);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<std::string> samples{"scriptor.log", "opensc-tool.log", "opensc-debug.log",
                                       "pcsc-spy.log", "pcscd-apdu.log",  "globalplatformpro.log",
                                       "marked.log",   "octets.log",      "trace.jsonl"};

}  // namespace

TEST_CASE("Import: every form of log gives the same card, and a terminal can use it") {
    const std::string expected = imported(read_sample("octets.log"), "x").toml;
    for (const std::string& name : samples) {
        INFO(name);
        const ImportedImage image = imported(read_sample(name), "x");
        CHECK(image.exchanges == 16);  // GET RESPONSE and the repetition after 6Cxx are joined
        std::string same = expected;
        // These two have nothing of the reset.
        if (name == "opensc-tool.log" || name == "trace.jsonl") {
            const std::string atr = "atr                = \"3B6500002063CB6800\"";
            same.replace(
                same.find(atr), atr.size(),
                "atr                = \"3B600000\"  # not in the log: T=0, for GET RESPONSE is in it");
        }
        CHECK(image.toml == same);

        Visit visit(image);
        visit.terminal.start(hex("A0000000031010"));
        CHECK(to_hex(visit.terminal.data.get(0x82)) == "1C00");
        CHECK(to_hex(visit.terminal.data.get(0x94)) == "0801020010020300");
        CHECK(to_hex(visit.terminal.data.get(0x9F0D)) == "F040AC8000");
        CHECK(to_hex(visit.terminal.data.get(0x8E)) == "0000000000000000420344031E031F03");
        CHECK(to_hex(visit.terminal.data.get(0x5F24)) == "281231");
        CHECK(as_text(visit.terminal.data.get(0x50)) == "VISA CREDIT");
        CHECK(as_text(visit.terminal.data.get(0x9F12)) == "Visa Credit");
        CHECK(visit.terminal.generate_ac("80", 0x8C).sw == "9000");
        CHECK(visit.terminal.generate_ac("40", 0x8D).sw == "9000");
    }
}

TEST_CASE("Import: an answer to reset that cannot be read is kept as it is, and the image says why") {
    std::string log = read_sample("octets.log");
    const std::string atr = "3B6500002063CB6800";
    const std::size_t at = log.find(atr);
    REQUIRE(at != std::string::npos);
    log.replace(at, atr.size(), "3B6500002063CB68");
    const ImportedImage image = imported(log, "x");
    CHECK(image.toml.find(
              "atr                = \"3B6500002063CB68\"\n"
              "as_is              = [\"atr\"]  # octet 8: 1 of 5 historical octets are missing\n") !=
          std::string::npos);
    CHECK(to_hex(loaded(image).atr.octets) == "3B6500002063CB68");
}

TEST_CASE("Import: an answer to reset that a terminal rejects is kept as it is, and the image says why") {
    std::string log = read_sample("octets.log");
    const std::string atr = "3B6500002063CB6800";
    log.replace(log.find(atr), atr.size(), "3B00");
    const ImportedImage image = imported(log, "x");
    CHECK_THAT(image.toml,
               ContainsSubstring("as_is              = [\"atr\"]  # a terminal rejects it: TB1 is"));
    CHECK(to_hex(loaded(image).atr.octets) == "3B00");
}

TEST_CASE("Import: what has not the form that EMV gives it is kept, and the image says so") {
    std::string log = read_sample("octets.log");
    const auto change = [&log](std::string_view from, std::string_view to) {
        const std::size_t at = log.find(from);
        REQUIRE(at != std::string::npos);
        log.replace(at, from.size(), to);
    };
    change("9F42020840", "9F4202084A");
    change("5F2503231101", "5F2503291101");  // effective after the expiry
    const ImportedImage image = imported(log, "x");
    CHECK_THAT(image.toml, ContainsSubstring("as_is              = [\"effective\"]  # after the expiry\n"));
    CHECK_THAT(image.toml,
               ContainsSubstring("as_is              = [\"effective\", \"9F42\"]  # not of the form"));
    CHECK(to_hex(loaded(image).applications.at(0).currency) == "084A");
}

TEST_CASE("Import: nothing of the account, the holder or the PIN gets into image or messages") {
    for (const std::string& name : samples) {
        INFO(name);
        const ImportedImage image = imported(read_sample(name));
        std::string all = image.toml;
        for (const std::string& note : image.notes) all += note;
        for (const char* secret :
             {"4761739001010119", "7390010101", "13954500000", "DOE", "JANE", "444F45", "1234FF", "DF7F\""})
            CHECK_THAT(all, !ContainsSubstring(secret));
        Visit visit(image);
        visit.terminal.start(hex("A0000000031010"));
        CHECK(to_hex(visit.terminal.data.get(0x5A)) == "4761730000000003");
        CHECK(to_hex(visit.terminal.data.get(0x57)) == "4761730000000003D281222000000000000F");
        CHECK(as_text(visit.terminal.data.get(0x5F20)) == "TEST/CARD");
        CHECK(as_text(visit.terminal.data.get(0x9F1F)) == "00000000000");
        for (const emv::Tag tag : {0x90u, 0x92u, 0x9F46u, 0x9F47u, 0xDF7Fu})
            CHECK_FALSE(visit.terminal.data.has(tag));
        CHECK(visit.card.stripe.tracks[1] == ";4761730000000003=281222000000000000?");
        CHECK_THAT(fmt::format("{}", fmt::join(image.notes, "\n")),
                   ContainsSubstring("replaced: the account by test number 4761730000000003") &&
                       ContainsSubstring("offline data authentication") && ContainsSubstring("90, 8F, 92") &&
                       ContainsSubstring("DF7F"));
    }
}

TEST_CASE("Import: commands that the card refused are told with their status words, without their data") {
    const std::string toml = imported(read_sample("scriptor.log")).toml;
    CHECK_THAT(toml, ContainsSubstring("#   READ RECORD 00B2020C: 6A83 record not found") &&
                         ContainsSubstring("#   VERIFY 00200080: 63C2 wrong PIN, 2 tries left"));
}

TEST_CASE("Import: a test PAN keeps six digits and the length, and its check digit is right") {
    CHECK(test_pan("4761739001010119") == "4761730000000003");
    runtime::Random random(5);
    for (std::size_t length = 12; length <= 19; ++length) {
        std::string pan;
        for (std::size_t i = 0; i < length; ++i) pan += static_cast<char>('0' + random.between(0, 9));
        const std::string made = test_pan(pan);
        CHECK(made.size() == length);
        CHECK(made.substr(0, 6) == pan.substr(0, 6));
        CHECK(made.substr(6, length - 7) == std::string(length - 7, '0'));
        CHECK(magstripe::luhn_valid(made));
    }
}

TEST_CASE("Import: applications with accounts of their own each get a test account of their own") {
    const Bytes first = record_of({object(0x5A, hex("6210948000000011")), object(0x5F24, hex("281231"))});
    const Bytes second = record_of({object(0x5A, hex("4761739001010119")), object(0x5F24, hex("300630"))});
    const ImportedImage image =
        imported(log_of("A000000333010102", {first}) + log_of("A0000000031010", {second}));
    CHECK(image.applications == 2);
    Visit visit(image);
    visit.terminal.start(hex("A000000333010102"));
    CHECK(to_hex(visit.terminal.data.get(0x5A)) == test_pan("6210948000000011"));
    visit.terminal.start(hex("A0000000031010"));
    CHECK(to_hex(visit.terminal.data.get(0x5A)) == test_pan("4761739001010119"));
    CHECK(to_hex(visit.terminal.data.get(0x5F24)) == "300630");
}

TEST_CASE("Import: a record that is no BER-TLV stays as long and as broken as it was, without its values") {
    Bytes broken = hex("70205A08 4761739001010119 5F2404 281231");
    const ImportedImage image = imported(log_of("A0000000031010", {broken, hex("FFFFFFFF4761739001010119")}));
    Visit visit(image);
    visit.terminal.select(hex("A0000000031010"));
    visit.terminal.initiate();
    const test::Reply first = visit.terminal.send("00B2010C"), second = visit.terminal.send("00B2020C");
    CHECK(first.data.size() == broken.size());
    CHECK(to_hex(first.data).starts_with("7020"));
    CHECK_FALSE(emv::parse_tlv(first.data).has_value());
    CHECK(to_hex(second.data) == "000000000000000000000000");
    CHECK_THAT(image.toml, !ContainsSubstring("4761739001010119"));
}

TEST_CASE("Import: a record that objects alone do not give is written as octets, with test data") {
    const Bytes twice = record_of(
        {object(0x5A, hex("4761739001010119")), object(0x5F28, hex("0840")), object(0x5F28, hex("0841"))});
    const Bytes other = record_of({object(0x5F28, hex("0156"))});
    const Bytes nested = record_of({object(0x61, object(0x57, hex("4761739001010119D28122")))});
    const ImportedImage image = imported(log_of("A0000000031010", {twice, other, nested}));
    Visit visit(image);
    visit.terminal.select(hex("A0000000031010"));
    visit.terminal.initiate();
    CHECK(to_hex(visit.terminal.send("00B2010C").data) == "70145A0847617300000000035F280208405F28020841");
    CHECK(to_hex(visit.terminal.send("00B2020C").data) == "70055F28020156");
    CHECK_THAT(image.toml, !ContainsSubstring("4761739001010119"));
}

TEST_CASE("Import: a PAN in an object that nobody would look for it in is found") {
    const Bytes record =
        record_of({object(0x5A, hex("4761739001010119")), object(0x9F08, hex("0096")),
                   object(0x9F5B, hex("04761739001010119F")),  // half an octet on
                   object(0x9F12, as_bytes("4761739001010119")), object(0x9F7C, hex("0102030405"))});
    const ImportedImage image = imported(log_of("A0000000031010", {record}));
    CHECK_THAT(image.toml,
               ContainsSubstring("left out, may be the holder's or the account's: 9F5B, 9F12, 9F7C"));
    CHECK_THAT(image.toml, !ContainsSubstring("4761739001010119") &&
                               !ContainsSubstring(to_hex(as_bytes("4761739001010119"))));
}

TEST_CASE("Import: lists are completed with what the emulated card's cryptogram needs") {
    const Bytes record =
        record_of({object(0x5A, hex("4761739001010119")), object(0x8C, hex("9F02069505 9A03"))});
    const ImportedImage image = imported(log_of("A0000000031010", {record}));
    CHECK_THAT(image.toml, ContainsSubstring("added, for the cryptogram is made over it: 9F03"));
    // What is mandatory and in no record of the log.
    CHECK_THAT(image.toml, ContainsSubstring("as_is              = [\"5F24\", \"8D\"]"));
    Visit visit(image);
    visit.terminal.start(hex("A0000000031010"));
    CHECK(to_hex(visit.terminal.data.get(0x8C)) == "9F020695059A039F03069F1A025F2A029C019F3704");
    CHECK(visit.terminal.generate_ac("80", 0x8C).sw == "9000");
}

TEST_CASE("Import: what the card did with a cryptogram tells how it decides") {
    std::string log = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    log += exchange("80AE400000", object(0x80, hex("80 0007 1122334455667788 06 07 0A 03A0B800")));
    const ImportedImage image = imported(log);
    CHECK_THAT(image.toml, ContainsSubstring("online_required    = true") &&
                               ContainsSubstring("key_index          = 7") &&
                               ContainsSubstring("cryptogram_version = \"10\""));
}

TEST_CASE("Import: M/Chip's cryptogram version and key index, on a Mastercard alone") {
    const auto made = [](std::string_view aid, std::string_view issuer_data) {
        std::string log = log_of(aid, {record_of({object(0x5A, hex("5413330089020011"))})});
        const Bytes values = hex("80 0007 1122334455667788" + std::string(issuer_data));
        if (!issuer_data.empty()) log += exchange("80AE800000", object(0x80, values));
        return imported(log).toml;
    };
    const std::string data = "A00003240000 B6A4 00000000000000FF";
    for (const std::string version : {"10", "11", "14", "15"})
        CHECK_THAT(made("A0000000041010", "05" + version + data),
                   ContainsSubstring("key_index          = 5") &&
                       ContainsSubstring("cryptogram_version = \"MC-" + version + "\"\n"));
    CHECK_THAT(made("A0000000041010", "0512" + data),
               ContainsSubstring("cryptogram_version = \"MC-14\"  # the card's own is 12: nearest"));
    CHECK_THAT(made("A0000000041010", "06010A03A0B800"),
               ContainsSubstring("cryptogram_version = \"MC-14\"  # 9F10 is laid out as the emulated card"));
    CHECK_THAT(made("A0000000041010", ""),
               ContainsSubstring("cryptogram_version = \"MC-14\"  # no cryptogram in the log"));
    CHECK_THAT(made("A0000000031010", "0510" + data),
               ContainsSubstring("cryptogram_version = \"10\"  # 9F10"));
}

TEST_CASE("Import: what GET DATA gave is there to be got again, but counters begin anew") {
    std::string log = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    log += exchange("80CA9F5100", object(0x9F51, hex("0156"))) +
           exchange("80CA9F3600", object(0x9F36, hex("0042"))) +
           exchange("80CADF7F00", object(0xDF7F, hex("0102030405")));
    Visit visit(imported(log));
    visit.terminal.start(hex("A0000000031010"));
    CHECK(to_hex(visit.terminal.send("80CA9F51").data) == "9F51020156");
    CHECK(to_hex(visit.terminal.send("80CA9F36").data) == "9F36020001");
    CHECK(visit.terminal.send("80CADF7F").sw == "6A88");
}

TEST_CASE("Import: a log that is cut off, mixed up or foreign is told by name and line") {
    CHECK(error_of("") == "log: no command with its answer in 0 lines of a form that is known");
    CHECK(error_of("nothing\nof the kind\n") ==
          "log: no command with its answer in 2 lines of a form that is known");
    CHECK(error_of(exchange("00B2010C00", {}, "6A83")) ==
          "log: no application was selected in it by name and answered");
    CHECK(error_of("x\n" + std::string(20'000, 'A')) == "log:2: a line of more than 16384 characters");
    const std::string good = log_of("A0000000031010", {record_of({object(0x5A, hex("4761739001010119"))})});
    const ImportedImage image = imported(good + "<< 700195019000\n>> 00B2020C00\n>> 00B2030C00\n");
    CHECK(image.notes.at(0) == "log:7: an answer without a command, left out");
    CHECK(image.notes.at(1) == "log:8: a command without an answer, left out");
    CHECK(image.notes.at(2) == "log:9: a command without an answer, left out");
    const ImportedImage masked = imported(
        good +
        R"({"t":1,"kind":"card.apdu","command":"READ RECORD","header":"00B2020C","response":"<31 bytes>","sw":"9000"})");
    CHECK(masked.notes.front() == "log:7: READ RECORD 00B2020C: an answer with masked octets, left out");
}

TEST_CASE("Import: too many commands are refused") {
    std::string log;
    for (int i = 0; i < 20'001; ++i) log += ">> 00B2010C00\n<< 6A83\n";
    CHECK(error_of(log) == "log:40002: more than 20000 commands");
}

TEST_CASE("Import: more account numbers or names than one card has are refused") {
    // For each of them every value of the log is searched.
    const auto log_with = [](int records, auto make_object) {
        std::vector<Bytes> made;
        for (int i = 0; i < records; ++i) made.push_back(record_of({make_object(i)}));
        return log_of("A0000000031010", made);
    };
    const auto pan = [](int i) { return object(0x5A, hex(fmt::format("476173900101{:04}", i))); };
    const auto name = [](int i) {
        return object(0x5F20, as_bytes(fmt::format("HOLDER/{}",
                                                   std::string(1 + i % 9, static_cast<char>('A' + i / 9)))));
    };
    CHECK(error_of(log_with(65, pan)) == "log: more than 64 account numbers: not the log of one card");
    CHECK(error_of(log_with(65, name)) == "log: more than 64 names of holders: not the log of one card");
    CHECK_THAT(error_of(log_with(64, pan)), !ContainsSubstring("more than"));
    CHECK_THAT(error_of(log_with(64, name)), !ContainsSubstring("more than"));
    // The same one again and again is one.
    CHECK_THAT(error_of(log_with(65, [&](int) { return pan(1); })), !ContainsSubstring("more than"));
}

TEST_CASE(
    "Import: a log with octets and characters exchanged at random never makes an image that does not load") {
    runtime::Random random(9);
    int made = 0;
    for (int round = 0; round < 300; ++round) {
        std::string log = read_sample(samples[static_cast<std::size_t>(round) % samples.size()]);
        for (int i = 0; i < 12; ++i) {
            const auto at =
                static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(log.size()) - 1));
            log[at] = random.chance(0.7) ? "0123456789ABCDEF*X"[random.between(0, 17)]
                                         : static_cast<char>(random.between(0, 255));
        }
        const auto image = import_image(log, "log");
        if (!image) {
            CHECK_FALSE(image.error().what.empty());
            continue;
        }
        ++made;
        CHECK_FALSE(loaded(*image).applications.empty());
    }
    CHECK(made > 200);
}
