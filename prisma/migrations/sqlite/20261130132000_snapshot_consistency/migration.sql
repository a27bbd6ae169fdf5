-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "consistency" TEXT;
