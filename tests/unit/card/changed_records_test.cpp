// UPDATE RECORD on a card that has both interfaces: which record is another one, and what a quick profile
// lays into it.

#include "tests/unit/card/field_reader.hpp"

using namespace posbench;
using namespace posbench::card;
using posbench::test::FieldRig;
using posbench::test::script;
using posbench::test::TerminalSide;

namespace {

/// Keys for scripts, and an AIP with which they need no proof of the issuer.
std::string scripts_for(std::string_view application) {
    return fmt::format("[application.{}]\naip = '1800'\nissuer_mac_key = '{}'\n", application,
                       test::issuer_key);
}

/// READ RECORD 1 of file 1, or the status word.
std::string first_record(TerminalSide& side) {
    const auto reply = side.send("00B2010C");
    return reply.sw == "9000" ? to_hex(reply.data) : reply.sw;
}

/// A transaction up to the ARQC, where scripts are taken.
TerminalSide until_cryptogram(FieldRig& rig, Interface interface) {
    rig.chip.reset(interface);
    TerminalSide side = rig.terminal();
    side.start(rig.application().aid);
    REQUIRE(side.generate_ac("80", 0x8C).sw == "9000");
    return side;
}

}  // namespace

TEST_CASE("UPDATE RECORD of a quick profile's last record: the next purchases are signed and paid") {
    FieldRig rig("unionpay-ecash", fmt::format("application.debit.issuer_mac_key = '{}'", test::issuer_key));
    TerminalSide side = rig.terminal();
    REQUIRE(test::quick(rig, side).sw == "9000");
    const Bytes last = side.send("00B2042C").data;
    REQUIRE(emv::parse_tlv(last).value().at(0).children.back().tag == 0x9F69);
    REQUIRE(script(rig, side, "04DC042C", last) == "9000");

    for (const std::string left : {"000000007532", "000000006298"}) {
        rig.tap();
        side = rig.terminal();
        REQUIRE(test::quick(rig, side).sw == "9000");
        const std::string counter = to_hex(side.data.get(0x9F36));
        CHECK(counter == (left == "000000007532" ? "0002" : "0003"));
        CHECK(test::verify_fdda(side, true) == counter);
        CHECK(rig.object("9F79") == left);
    }
}

TEST_CASE("A changed record without room for the signature is given as the issuer wrote it") {
    FieldRig rig("unionpay-ecash", fmt::format("application.debit.issuer_mac_key = '{}'", test::issuer_key));
    TerminalSide side = rig.terminal();
    REQUIRE(test::quick(rig, side).sw == "9000");
    Bytes objects, record;
    emv::append_tlv(objects, 0x9F05, Bytes(220));
    emv::append_tlv(objects, 0x9F4B, {});
    emv::append_tlv(record, 0x70, objects);
    REQUIRE(script(rig, side, "04DC042C", record) == "9000");
    rig.tap();
    side = rig.terminal();
    REQUIRE(test::quick(rig, side).sw == "9000");
    CHECK(to_hex(side.send("00B2042C").data) == to_hex(record));
}

TEST_CASE("UPDATE RECORD over one interface leaves another record of that number over the other") {
    const std::string own = R"(
        [[application.credit.contactless.record]]
        sfi = 1
        number = 1
        holds = ["5A", "5F24", "8C", "8D"]
    )";
    FieldRig rig("mastercard-credit", scripts_for("credit") + own);
    TerminalSide field = until_cryptogram(rig, Interface::contactless);
    const std::string before = first_record(field);
    TerminalSide contact = until_cryptogram(rig, Interface::contact);
    REQUIRE(script(rig, contact, "04DC010C", hex("70035F2000")) == "9000");
    CHECK(first_record(contact) == "70035F2000");
    field = until_cryptogram(rig, Interface::contactless);
    CHECK(first_record(field) == before);
    REQUIRE(script(rig, field, "04DC010C", hex("70065F2003414243")) == "9000");
    CHECK(first_record(field) == "70065F2003414243");
    rig.insert();
    contact = rig.terminal();
    contact.select(rig.application().aid);
    contact.initiate();
    CHECK(first_record(contact) == "70035F2000");
}

TEST_CASE("UPDATE RECORD of a record that both interfaces have changes it over both") {
    FieldRig rig("jcb-credit", scripts_for("credit"));
    for (const Interface interface : {Interface::contact, Interface::contactless}) {
        const Bytes record = hex(interface == Interface::contact ? "70045F200141" : "70045F200142");
        const TerminalSide side = until_cryptogram(rig, interface);
        REQUIRE(script(rig, side, "04DC010C", record) == "9000");
        for (const Interface seen : {Interface::contact, Interface::contactless}) {
            TerminalSide again = until_cryptogram(rig, seen);
            CHECK(first_record(again) == to_hex(record));
        }
    }
}
