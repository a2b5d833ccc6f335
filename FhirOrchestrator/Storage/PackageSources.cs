using System.IO.Compression;
using Npgsql;
using NpgsqlTypes;

namespace FhirOrchestrator.Storage;

/// <summary>
/// The files of every package version that was ever in force: a running chain goes on with the definition that it
/// started with, whatever became of the folder.
/// </summary>
internal sealed class PackageSources(NpgsqlDataSource database)
{
    private const int FileBytesMax = 16 * 1024 * 1024;

    /// <summary>Keeps a version's files under the hash of their content; keeping it again changes nothing.</summary>
    public async Task KeepAsync(
        string contentHash, string name, ImmutableSortedDictionary<string, byte[]> files, CancellationToken ct)
    {
        await using var command = database.CreateCommand("""
            INSERT INTO orchestrator.package (content_hash, name, files) VALUES ($1, $2, $3)
            ON CONFLICT (content_hash) DO NOTHING
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = contentHash });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(
            new NpgsqlParameter<byte[]> { TypedValue = Pack(files), NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The name and files of a version, null where it was never kept.</summary>
    public async Task<(string Name, ImmutableSortedDictionary<string, byte[]> Files)?> FindAsync(
        string contentHash, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "SELECT name, files FROM orchestrator.package WHERE content_hash = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = contentHash });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? (reader.GetString(0), Unpack(reader.GetFieldValue<byte[]>(1)))
            : null;
    }

    private static byte[] Pack(ImmutableSortedDictionary<string, byte[]> files)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, content) in files)
            {
                using var entry = archive.CreateEntry(path).Open();
                entry.Write(content);
            }
        }

        return packed.ToArray();
    }

    private static ImmutableSortedDictionary<string, byte[]> Unpack(byte[] packed)
    {
        var files = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        using var archive = new ZipArchive(new MemoryStream(packed), ZipArchiveMode.Read);
        foreach (var entry in archive.Entries)
        {
            if (entry.Length > FileBytesMax)
            {
                throw new InvalidDataException(
                    $"expected at most {FileBytesMax} bytes in a package's file, got {entry.Length}");
            }

            using var content = entry.Open();
            var bytes = new byte[entry.Length];
            content.ReadExactly(bytes);
            files[entry.FullName] = bytes;
        }

        return files.ToImmutable();
    }
}
