using FhirOrchestrator.Fhir.Path.Values;

namespace FhirOrchestrator.Tests.Fhir.Path;

internal sealed class ValuesTests
{
    [TestCase("1", "U/L", "1", "umol/min/L", 0)]
    [TestCase("37", "Cel", "98.6", "[degF]", 0)]
    [TestCase("100", "mg/dL", "1", "g/L", 0)]
    [TestCase("1", "mm[Hg]", "133.322387415", "Pa", 0)]
    [TestCase("70", "kg", "70000", "g", 0)]
    [TestCase("60", "/min", "1", "Hz", 0)]
    [TestCase("5", "mg/kg/d", "5", "ug/g/d", 0)]
    [TestCase("1", "{tablet}", "1", "{capsule}", 0)]
    [TestCase("50", "%", "0.5", "1", 0)]
    [TestCase("1", "mL/min/{1.73_m2}", "1", "mL/min", 0)]
    [TestCase("1", "[lb_av]", "1", "kg", -1)]
    [TestCase("3.5", "mL/min/kg", "1", "[MET]", 0)]
    [TestCase("1", "[psi]", "6894.757293168361", "Pa", 0)]
    [TestCase("1", "cP", "1", "mPa.s", 0)]
    [TestCase("1", "m[IU]/L", "1", "u[IU]/mL", 0)]
    [TestCase("1", "10*9/L", "1", "10*3/uL", 0)]
    [TestCase("1", "ng/mL", "1", "ug/L", 0)]
    [TestCase("1", "meq/L", "1", "mmol/L", 0)]
    [TestCase("1", "k[IU]/L", "1", "[iU]/mL", 0)]
    [TestCase("80", "{beats}/min", "80", "/min", 0)]
    [TestCase("2", "[EID_50]", "1", "[EID_50]", 1)]
    [TestCase("1", "h", "59", "min", 1)]
    public void Compare_ConvertibleUnits_KnowsTheOrder(
        string left, string leftUnit, string right, string rightUnit, int order) =>
        Assert.That(Math.Sign(Quantity.Compare(Amount(left, leftUnit), Amount(right, rightUnit)) ?? 9),
            Is.EqualTo(order));

    [TestCase("mg", "mL")]
    [TestCase("mol", "g")]
    [TestCase("month", "d")]
    [TestCase("[iU]", "mg")]
    [TestCase("furlong", "m")]
    [TestCase("mg(", "mg")]
    [TestCase("m99", "m")]
    [TestCase("fm3", "m3")]
    [TestCase("/fm3", "/m3")]
    public void Compare_OtherUnits_KnowsNothing(string left, string right) =>
        Assert.That(Quantity.Compare(new(1, left), new(1, right)), Is.Null);

    [Test]
    public void Compare_UnknownButSameUnit_ComparesTheValues() =>
        Assert.That(Quantity.Compare(new(1, "beds"), new(2, "beds")), Is.EqualTo(-1));

    [TestCase("2026", "2027-01-01", -1)]
    [TestCase("2026-03-02", "2026-03-02", 0)]
    [TestCase("2026-03", "2026-03-02", null)]
    [TestCase("2026-03-02T10:00:00Z", "2026-03-02T05:00:00-05:00", 0)]
    [TestCase("2026-03-02T10:00:00.000Z", "2026-03-02T10:00:00Z", 0)]
    [TestCase("2026-03-02T10:00Z", "2026-03-02T10:00:00Z", null)]
    [TestCase("2026-03-02T10:00:00Z", "2026-03-02T10:00:00", null)]
    [TestCase("2026-03-02T10:00:00Z", "2026-03-04T10:00:00", -1)]
    [TestCase("2026-03-02T23:59:60Z", "2026-03-03T00:00:00Z", -1)]
    public void Compare_Moments_KnowsOnlyWhatIsCertain(string left, string right, int? order) =>
        Assert.That(Temporal.Compare(Moment(left), Moment(right), TimeSpan.Zero), Is.EqualTo(order));

    [Test]
    public void Compare_DateWithAZonedMoment_UsesTheContextsClock()
    {
        var evening = Moment("2026-03-03T01:00:00Z");
        var day = Moment("2026-03-02");
        Assert.That(Temporal.Compare(evening, day, TimeSpan.Zero), Is.EqualTo(1));
        Assert.That(Temporal.Compare(evening, day, TimeSpan.FromHours(-5)), Is.Null);
        Assert.That(Temporal.Compare(day, evening, TimeSpan.Zero), Is.EqualTo(-1));
    }

    [TestCase("2026-03-02T23:30:00-03:30", "2026-03-02", "America/St_Johns", null)]
    [TestCase("2026-03-03T02:45:00Z", "2026-03-02", "America/St_Johns", null)]
    [TestCase("2026-07-03T02:45:00Z", "2026-07-02", "America/St_Johns", 1)]
    [TestCase("2026-03-03T00:30:00+14:00", "2026-03-02", "Pacific/Kiritimati", 1)]
    [TestCase("2026-03-02T11:00:00Z", "2026-03-02", "Pacific/Kiritimati", null)]
    public void Compare_DateInAZoneWithSeasons_IsCertainOnlyWhereBothClocksAgree(
        string moment, string day, string zone, int? order)
    {
        var clock = new LocalClock(TimeZoneInfo.FindSystemTimeZoneById(zone), TimeSpan.Zero);
        Assert.That(Temporal.Compare(Moment(moment), Moment(day), clock), Is.EqualTo(order));
    }

    [TestCase("2026-02-30")]
    [TestCase("2026-3-2")]
    [TestCase("0000")]
    [TestCase("2026-03-02T10:00:00+15:00")]
    [TestCase("2026-03-02T24:00:00Z")]
    [TestCase("2026T10:00")]
    [TestCase("2026-03-02 10:00")]
    public void Read_NoMoment_IsNull(string text) =>
        Assert.That(TemporalText.Read(text, TemporalKind.DateTime), Is.Null);

    [TestCase("2026")]
    [TestCase("2026-03")]
    [TestCase("2026-03-02T10:00:00.1234567+05:30")]
    [TestCase("2026-03-02T10:00Z")]
    public void ToString_OfAMoment_IsItsText(string text) => Assert.That(Moment(text).ToString(), Is.EqualTo(text));

    [TestCase("2024-01-31", 1, CalendarUnit.Month, "2024-02-29")]
    [TestCase("2024", 24, CalendarUnit.Month, "2026")]
    [TestCase("2024", 23, CalendarUnit.Month, "2025")]
    [TestCase("2024-02-28", 25, CalendarUnit.Hour, "2024-02-29")]
    [TestCase("2024-02-28T23:30:00-05:00", 1, CalendarUnit.Hour, "2024-02-29T00:30:00-05:00")]
    [TestCase("2024-03-01", -1, CalendarUnit.Day, "2024-02-29")]
    [TestCase("9999-12-31", 1, CalendarUnit.Day, null)]
    [TestCase("2024-01-01", int.MaxValue, CalendarUnit.Year, null)]
    [TestCase("2024-01-01", int.MinValue, CalendarUnit.Week, null)]
    public void Add_CalendarUnits_MovesByWhatIsKnown(string from, int amount, CalendarUnit unit, string? expected) =>
        Assert.That(Moment(from).Add(amount, unit)?.ToString(), Is.EqualTo(expected));

    private static Quantity Amount(string value, string unit) =>
        new(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), unit);

    private static Temporal Moment(string text) =>
        TemporalText.Read(text,
            TemporalKind.DateTime) ?? throw new InvalidOperationException($"expected a moment: {text}");
}
