/** Rows in columns: the first cell of a row to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const last = widths.length - 1;
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          if (column === 0) return cell.padEnd(width);
          return column === last && !isNumeric(cell) ? cell : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}

const isNumeric = (cell: string): boolean => /^[\d.,]+( %| ms)?$/.test(cell);
