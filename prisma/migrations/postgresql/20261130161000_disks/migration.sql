-- AlterTable
ALTER TABLE "Host" ADD COLUMN     "diskWearPercent" INTEGER,
ADD COLUMN     "troubledDisks" INTEGER NOT NULL DEFAULT 0;
