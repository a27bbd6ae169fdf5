-- CreateEnum
CREATE TYPE "SnapshotConsistency" AS ENUM ('unused', 'frozen', 'crash');

-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN     "consistency" "SnapshotConsistency";
