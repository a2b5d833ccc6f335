using System.Globalization;

namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>Date, DateTime or Time (FHIRPath N1, 2.1 literals).</summary>
internal enum TemporalKind
{
    Date,
    DateTime,
    Time,
}

/// <summary>How far a value is known. Seconds and their fraction are one precision when values are compared.</summary>
internal enum TemporalPrecision
{
    Year = 1,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Fraction,
}

/// <summary>
/// A date, dateTime or time that may be partial. <paramref name="Ticks"/> are those of the earliest instant that it may
/// mean, as written (not moved to UTC); of a time, since midnight.
/// </summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Ticks">Local ticks, 100 ns.</param>
/// <param name="Precision">How far it is known.</param>
/// <param name="OffsetMinutes">The time zone's offset, null where none was written.</param>
/// <param name="FractionDigits">Digits behind the second's point as written, at most 7.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct Temporal(
    TemporalKind Kind, long Ticks, TemporalPrecision Precision, int? OffsetMinutes, int FractionDigits)
{
    /// <summary>The widest span that a missing time zone leaves open, to either side (R4: -12:00 to +14:00).</summary>
    private const long OpenEast = 14 * TimeSpan.TicksPerHour;
    private const long OpenWest = 12 * TimeSpan.TicksPerHour;

    public static Temporal Instant(DateTimeOffset at) =>
        new(TemporalKind.DateTime, at.Ticks - (at.Ticks % TimeSpan.TicksPerMillisecond), TemporalPrecision.Fraction,
            (int)at.Offset.TotalMinutes, 3);

    public static Temporal Day(DateOnly day) =>
        new(TemporalKind.Date, day.ToDateTime(TimeOnly.MinValue).Ticks, TemporalPrecision.Day, null, 0);

    public static Temporal TimeOfDay(DateTimeOffset at) =>
        new(TemporalKind.Time, at.TimeOfDay.Ticks - (at.TimeOfDay.Ticks % TimeSpan.TicksPerMillisecond),
            TemporalPrecision.Fraction, null, 3);

    /// <summary>The moment as an instant; a missing zone is taken from <paramref name="zone"/>.</summary>
    public DateTimeOffset ToInstant(TimeSpan zone) =>
        new(Ticks, OffsetMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : zone);

    /// <summary>
    /// The order of two values; null where it cannot be known, because one is less precise or has no time zone
    /// (FHIRPath N1, 6.2). A dateTime with a zone is before or after a date only where both the local clock given and
    /// the one that it was written by say so.
    /// </summary>
    public static int? Compare(Temporal left, Temporal right, LocalClock clock)
    {
        if (left.OffsetMinutes is not null && right.OffsetMinutes is not null)
        {
            return CompareLocal(left.MovedBy(TimeSpan.Zero), right.MovedBy(TimeSpan.Zero));
        }

        if (left.OffsetMinutes is null && right.OffsetMinutes is null)
        {
            return CompareLocal(left, right);
        }

        if (left.OffsetMinutes is null)
        {
            return left.Precision <= TemporalPrecision.Day
                ? -CompareDay(right, left, clock)
                : -CompareOpen(right, left);
        }

        return right.Precision <= TemporalPrecision.Day
            ? CompareDay(left, right, clock)
            : CompareOpen(left, right);
    }

    /// <summary>This value with an amount of a calendar unit added; null on overflow (FHIRPath N1, 6.6.7).</summary>
    public Temporal? Add(decimal amount, CalendarUnit unit)
    {
        try
        {
            return Kind == TemporalKind.Time ? AddToTime(amount, unit) : AddToDate(amount, unit);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>The date's part of a dateTime, or the dateTime at a date's precision.</summary>
    public Temporal As(TemporalKind kind)
    {
        if (kind == Kind)
        {
            return this;
        }

        return kind == TemporalKind.Date && Precision > TemporalPrecision.Day
            ? new(kind, Ticks - (Ticks % TimeSpan.TicksPerDay), TemporalPrecision.Day, null, 0)
            : this with { Kind = kind };
    }

    /// <summary>The value as FHIR writes it.</summary>
    public override string ToString()
    {
        var text = new System.Text.StringBuilder(32);
        var culture = CultureInfo.InvariantCulture;
        if (Kind != TemporalKind.Time)
        {
            var day = new DateTime(Ticks, DateTimeKind.Unspecified);
            var format = Precision switch
            {
                TemporalPrecision.Year => "yyyy",
                TemporalPrecision.Month => "yyyy-MM",
                _ => "yyyy-MM-dd",
            };
            text.Append(day.ToString(format, culture));
            if (Precision <= TemporalPrecision.Day)
            {
                return text.ToString();
            }

            text.Append('T');
        }

        var time = Ticks % TimeSpan.TicksPerDay;
        text.Append(culture, $"{time / TimeSpan.TicksPerHour:00}");
        if (Precision >= TemporalPrecision.Minute)
        {
            text.Append(culture, $":{time / TimeSpan.TicksPerMinute % 60:00}");
        }

        if (Precision >= TemporalPrecision.Second)
        {
            text.Append(culture, $":{time / TimeSpan.TicksPerSecond % 60:00}");
        }

        if (Precision == TemporalPrecision.Fraction)
        {
            var digits = (time % TimeSpan.TicksPerSecond).ToString("0000000", culture);
            text.Append('.').Append(digits, 0, Math.Clamp(FractionDigits, 1, 7));
        }

        return AppendZone(text).ToString();
    }

    private System.Text.StringBuilder AppendZone(System.Text.StringBuilder text) => OffsetMinutes switch
    {
        null => text,
        0 => text.Append('Z'),
        { } minutes => text.Append(minutes < 0 ? '-' : '+').Append(
            CultureInfo.InvariantCulture, $"{Math.Abs(minutes) / 60:00}:{Math.Abs(minutes) % 60:00}"),
    };

    private long UtcTicks => Ticks - ((OffsetMinutes ?? 0) * TimeSpan.TicksPerMinute);

    private Temporal MovedTo(LocalClock clock) => MovedBy(clock.OffsetAt(UtcTicks));

    // The same moment at another offset. Near the ends of the calendar the value stays where it is.
    private Temporal MovedBy(TimeSpan offset)
    {
        var ticks = UtcTicks + offset.Ticks;
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks
            ? this
            : this with { Ticks = ticks, OffsetMinutes = (int)offset.TotalMinutes };
    }

    private static int? CompareLocal(Temporal left, Temporal right)
    {
        var precision = left.Comparable < right.Comparable ? left.Comparable : right.Comparable;
        var order = left.Floor(precision).CompareTo(right.Floor(precision));
        return order != 0 ? order : left.Comparable == right.Comparable ? 0 : null;
    }

    private static int? CompareDay(Temporal zoned, Temporal day, LocalClock clock)
    {
        var written = CompareLocal(zoned, day);
        return written == CompareLocal(zoned.MovedTo(clock), day) ? written : null;
    }

    // A value with a zone against one without, whose moment may lie anywhere in the span of the world's zones.
    private static int? CompareOpen(Temporal zoned, Temporal open)
    {
        var at = zoned.Ticks - ((zoned.OffsetMinutes ?? 0) * TimeSpan.TicksPerMinute);
        return at < open.Ticks - OpenEast - TimeSpan.TicksPerHour ? -1
            : at > open.Ticks + OpenWest + TimeSpan.TicksPerHour ? 1
            : null;
    }

    private TemporalPrecision Comparable =>
        Precision == TemporalPrecision.Fraction ? TemporalPrecision.Second : Precision;

    private long Floor(TemporalPrecision precision)
    {
        switch (precision)
        {
            case TemporalPrecision.Year:
            case TemporalPrecision.Month:
                var day = new DateTime(Ticks, DateTimeKind.Unspecified);
                return (day.Year * 12L) + (precision == TemporalPrecision.Month ? day.Month : 0);
            case TemporalPrecision.Day:
                return Ticks / TimeSpan.TicksPerDay;
            case TemporalPrecision.Hour:
                return Ticks / TimeSpan.TicksPerHour;
            case TemporalPrecision.Minute:
                return Ticks / TimeSpan.TicksPerMinute;
            default:
                return Ticks;
        }
    }

    private Temporal AddToTime(decimal amount, CalendarUnit unit)
    {
        var ticks = checked(Ticks + Known(DurationTicks(amount, unit))) % TimeSpan.TicksPerDay;
        return this with { Ticks = ticks < 0 ? ticks + TimeSpan.TicksPerDay : ticks };
    }

    // A partial value grows only by whole units of what it knows (N1, 6.6.7: @2014 + 24 months = @2016).
    private Temporal AddToDate(decimal amount, CalendarUnit unit)
    {
        var at = new DateTime(Ticks, DateTimeKind.Unspecified);
        if (unit is CalendarUnit.Year or CalendarUnit.Month)
        {
            var months = checked(decimal.ToInt32(decimal.Truncate(amount)) * (unit == CalendarUnit.Year ? 12 : 1));
            var moved = at.AddMonths(Precision == TemporalPrecision.Year ? months / 12 * 12 : months);
            return this with { Ticks = moved.Ticks };
        }

        var span = DurationTicks(amount, unit);
        var days = span / TimeSpan.TicksPerDay;
        return this with
        {
            Ticks = Precision switch
            {
                TemporalPrecision.Year => at.AddYears((int)(days / 365)).Ticks,
                TemporalPrecision.Month => at.AddMonths((int)(days / 30)).Ticks,
                TemporalPrecision.Day => at.AddDays(days).Ticks,
                _ => at.AddTicks(Known(span)).Ticks,
            },
        };
    }

    // A span cut to whole units of what the value knows of its time.
    private long Known(long span) => Precision switch
    {
        TemporalPrecision.Hour => span - (span % TimeSpan.TicksPerHour),
        TemporalPrecision.Minute => span - (span % TimeSpan.TicksPerMinute),
        TemporalPrecision.Second => span - (span % TimeSpan.TicksPerSecond),
        _ => span,
    };

    private static long DurationTicks(decimal amount, CalendarUnit unit)
    {
        var whole = unit >= CalendarUnit.Second ? amount : decimal.Truncate(amount);
        var one = unit switch
        {
            CalendarUnit.Week => 7 * TimeSpan.TicksPerDay,
            CalendarUnit.Day => TimeSpan.TicksPerDay,
            CalendarUnit.Hour => TimeSpan.TicksPerHour,
            CalendarUnit.Minute => TimeSpan.TicksPerMinute,
            CalendarUnit.Second => TimeSpan.TicksPerSecond,
            CalendarUnit.Millisecond => TimeSpan.TicksPerMillisecond,
            CalendarUnit.Year or CalendarUnit.Month => throw new System.Diagnostics.UnreachableException(),
        };
        return decimal.ToInt64(decimal.Truncate(whole * one));
    }
}
